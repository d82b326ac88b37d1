// expect: cannot convert|cannot initialize
#include <serval/method.hpp>

#ifdef SERVAL_FIXED
serval::method method = serval::method::get;
#else
serval::method method = 7; // error here
#endif
