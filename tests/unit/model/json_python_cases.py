#!/usr/bin/env python3
"""Writes json_python_cases.inc: what Python's json.loads makes of many texts.

Python before 3.13 words trailing commas differently; they are translated. Serval's deliberate differences (NaN and
lone surrogates) have tests of their own.
"""
import json
import pathlib

MALFORMED = [
    b"", b" ", b"  ", b"\n\t\r ", b"{", b"[", b"}", b"]", b",", b":", b"{a}", b"{'a':1}", b"{1:2}", b"[1,]", b"[1 ,  ]",
    b"[,]", b"[,1]", b"[1,,2]", b"[1 2]", b"[1", b"[1,", b"[1, ", b'{"a"', b'{"a" ', b'{"a":', b'{"a": ', b'{"a":1',
    b'{"a":1 ', b'{"a":1,', b'{"a":1, ', b'{"a":1,}', b'{"a":1 , }', b'{"a":1,]', b'[1,}', b'{,}', b'{"a",}', b'{"a" 1}',
    b'{"a"::1}', b'{"a":,}', b'{"a":1 "b":2}', b'{"a":1]', b"[1}", b"{]", b"[}", b"{} x", b"{}{}", b"[] []", b"1 2",
    b'"a" "b"', b"null null", b"nulll", b"nul", b"n", b"tru", b"truE", b"True", b"fals", b"false1", b"None", b"undefined",
    b"-", b"--1", b"+1", b"-a", b"01", b"-01", b"00", b"1.", b"1.e5", b".5", b"-.5", b"1e", b"1e+", b"1E-", b"1ex", b"1.5e",
    b"1..2", b"1.2.3", b"0x10", b"1_000", b"[1.]", b"[1e]", b"1,000", b"/", b"// x\n1", b"/* x */1", b"1//", b"#",
    b'"', b'"abc', b'"abc\\', b'"abc\\"', b'"\\x"', b'"\\', b'"\\ "', b'"a\\q"', b'"\\u', b'"\\u"', b'"\\u1', b'"\\u12"',
    b'"\\u123"', b'"\\u123g"', b'"\\u00e9', b'"\\uD83D\\u00', b'"\\ud83d\\u00zz"', b'"\\U0041"', b'"\\u 041"', b'"\\u+041"',
    b'"\n"', b'"a\tb"', b'"\x00"', b'"\x1f"', b'"0123456789\x01"', b'"01234567\n', b'["a\n"]', b"\x0c1", b"\x0b1", b"1\x0c",
    b"\x00\x00\x01", b"'a'", b'{"a":1,"a"}', b'{"a":{"b":[1,{"c":}]}}', b'[{"a":1},{"a":}]', b"[[[[", b"]]]]", b"[[],[1,]]",
    "é".encode(), '"é" x'.encode(), '["é","😀",]'.encode(), '{"é" 1}'.encode(), '"é€😀'.encode(), '"é\n"'.encode(),
    '{"ключ":"значение",}'.encode(), '{"a":"日本語"]'.encode(), "\u00a01".encode(), "1\u2028".encode(),
    b"\xef\xbb\xbf", b"\xef\xbb\xbf[1,]", b"\xef\xbb\xbf\xef\xbb\xbf1", "[1,]".encode("utf-16"), "é".encode("utf-16-be"),
    '["é" 1]'.encode("utf-16-le"), '["😀" 1]'.encode("utf-32"), '["😀",]'.encode("utf-32-be"), "[".encode("utf-16"),
    b"\xff", b"[1,]\xff", b'"\xff"', b'"\xc3"', b'"\xc0\x80"', b'"\xe0\x80\x80"', b'"\xf4\x90\x80\x80"', b'"\xf8\x88\x80\x80\x80"',
    b'"\xe2\x82', b"\x80", b'{"a":1}\xc3', b"\xff\xfe1", b"\xff\xfe1\x00\x00", b"\xfe\xff\x001\x00", b"\x00\x00\x00[1",
    b"\xff\xfe\x00\x00\x00\x00\x11\x00", b"1" * 4301, b"-" + b"1" * 4301, b"[" + b"1" * 4301 + b",]",
]
ACCEPTED = [
    b"0", b"-0", b"-0.0", b"0.0", b"-0e5", b"1", b"-1", b"1.50", b"1e2", b"1E+2", b"1e-2", b"1.5e3", b"100000000000000000000000",
    b"-9223372036854775809", b"18446744073709551616", b"0.1", b"0.30000000000000004", b"1e15", b"1e16", b"123456789012345678.0",
    b"0.0001", b"0.00001", b"1e-7", b"5e-324", b"1e-400", b"-1e-400", b"0e400", b"0.0e9999999999999999999", b"1.7976931348623157e308", b"4.35", b"2.675",
    b"9007199254740993.0", b"1" * 4300, b"-" + b"1" * 4300, b"0." + b"0" * 400 + b"1", b"1" + b"0" * 400 + b".5e-400",
    b"1" * 4301 + b"e-4300", b"1e-99999999999999999999", b"null", b"true", b"false", b" \t\n\rnull \t\n\r", b'""', b'"a"', b'"\x7f"', b"[]", b"{}", b"[ ]", b"{ }",
    b"[1,2,3]", b"[ 1 , 2 ]", b"[[],[[]],{}]", b'{"a":1}', b' { "a" : 1 , "b" : [ ] } ', b'{"":0}', b'{"a":{"a":{"a":null}}}',
    b'{"a":1,"a":2}', b'{"a":1,"b":2,"a":3}', b'{"b":1,"a":[1],"b":{"x":1,"x":2},"c":0,"a":"z"}', b'{"a":1,"\\u0061":2}',
    b'{"k":[{"d":1,"d":{"d":1,"d":2}}],"k":[{"d":3,"e":4,"d":5}]}',
    b"{" + b",".join(b'"k%d":%d' % (i % 13, i) for i in range(40)) + b"}",
    b'"\\"\\\\\\/\\b\\f\\n\\r\\t"', b'"\\u0000\\u001f\\u007f\\u0080"', b'"\\u00e9\\u20AC\\uD83D\\uDE00\\ud83d\\ude00"', b'"a\\u0022b"',
    b'"01234567\\n89abcdef0123\\t"', '"é€😀"'.encode(), '{"ключ":"значение"}'.encode(), '["\u2028\u2029\ufeff\uffff"]'.encode(),
    b"\xef\xbb\xbf{\"a\":1}", '{"a":"é😀"}'.encode("utf-16"), b"\xfe\xff" + '{"a":"é😀"}'.encode("utf-16-be"),
    '{"a":"é😀"}'.encode("utf-16-be"), '{"a":"é😀"}'.encode("utf-16-le"), '{"a":"é😀"}'.encode("utf-32"),
    '{"a":"é😀"}'.encode("utf-32-be"), '{"a":"é😀"}'.encode("utf-32-le"), b"1\x00", b"\x001", b"\x00\x00\x001",
]
PREFIXES_OF = ['{"é":[1.5e3,-0,"\\u00e9\\ud83d\\ude00\\n"],"b":{"c":null,"d":true}}'.encode()]


def translated(message, position, text):
    before = position - 1
    while before >= 0 and text[before] in " \t\r\n":
        before -= 1
    if position < len(text) and before >= 0 and text[before] == ",":
        if message == "Expecting value" and text[position] == "]":
            return "Illegal trailing comma before end of array", before
        if message.startswith("Expecting property name") and text[position] == "}":
            return "Illegal trailing comma before end of object", before
    return message, position


def expectation(data):
    try:
        text = data.decode(json.detect_encoding(data), "surrogatepass")
        value = json.loads(data)
    except json.JSONDecodeError as error:
        message, position = translated(error.msg, error.pos, text)
        return "syntax_error", position, message.encode()
    except (ValueError, RecursionError):
        return "undecodable", 0, b""
    return "ok", 0, json.dumps(value, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def literal(data):
    """A C++ literal of any bytes."""
    out = ""
    for byte in data:
        plain = 0x20 <= byte < 0x7F and chr(byte) not in '"\\?'
        out += chr(byte) if plain else "\\%03o" % byte
    return '"%s"sv' % out


def main():
    cases = MALFORMED + ACCEPTED
    for document in PREFIXES_OF:
        cases += [document[:n] for n in range(1, len(document) + 1)]
    lines = []
    for data in cases:
        outcome, position, text = expectation(data)
        assert (outcome == "ok") == (data in ACCEPTED or data in PREFIXES_OF), data
        lines.append("{%s, json_outcome::%s, %d, %s}," % (literal(data), outcome, position, literal(text)))
    pathlib.Path(__file__).with_suffix(".inc").write_text(
        "// What Python's json.loads and json.dumps make of many texts; written by json_python_cases.py.\n"
        "// bytes, outcome, position, then json.dumps(json.loads(bytes)) or the error's message\n" + "\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
