"""The example `hello` answers, refuses, and ends on SIGTERM."""
import sys
import unittest

from running_example import RunningExample

BINARY = sys.argv.pop()


class Hello(unittest.TestCase):
    def test_it_greets(self):
        with RunningExample(BINARY) as hello:
            self.assertEqual(hello.get("/")[:2], (200, {"message": "Hello, World!"}))
            self.assertEqual(hello.get("/greet/Ada")[:2], (200, {"message": "Hello, Ada."}))
            self.assertEqual(hello.get("/greet/Gr%C3%A4fin%20Ada?loudly=yes")[:2],
                             (200, {"message": "Hello, Gräfin Ada!"}))

    def test_it_refuses_what_does_not_fit(self):
        with RunningExample(BINARY) as hello:
            status, body, _ = hello.get("/greet/Ada?loudly=very")
            self.assertEqual((status, body["detail"][0]["type"]), (422, "bool_parsing"))
            self.assertEqual(hello.get("/nowhere")[:2], (404, {"detail": "Not Found"}))


if __name__ == "__main__":
    unittest.main()
