// Everything an application needs but <serval/json.hpp>, <serval/describe.hpp> and <serval/test_client.hpp>.
#pragma once

#include <serval/app.hpp>
#include <serval/constraints.hpp>
#include <serval/datetime.hpp>
#include <serval/email.hpp>
#include <serval/headers.hpp>
#include <serval/http_error.hpp>
#include <serval/if_exists.hpp>
#include <serval/log.hpp>
#include <serval/method.hpp>
#include <serval/middleware.hpp>
#include <serval/model.hpp>
#include <serval/params.hpp>
#include <serval/request.hpp>
#include <serval/response.hpp>
#include <serval/router.hpp>
#include <serval/run.hpp>
#include <serval/server.hpp>
#include <serval/settings.hpp>
#include <serval/sleep.hpp>
#include <serval/storage_error.hpp>
#include <serval/task.hpp>
#include <serval/threadpool.hpp>
#include <serval/upload_file.hpp>
#include <serval/uuid.hpp>
