# A user's server and its test, each with no more than what its library brings.
enable_testing()

add_executable(consumer ../server.cpp)
target_link_libraries(consumer PRIVATE serval::serval)
add_test(NAME server COMMAND consumer)

add_executable(consumer_test ../test.cpp)
target_link_libraries(consumer_test PRIVATE serval::testing)
add_test(NAME test COMMAND consumer_test)
