#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Our own rules, as a program (docs/style.md says why).

  scripts/tidy.py              the rules, and that each header compiles alone
  scripts/tidy.py format       what clang-format would change; --fix changes it
  scripts/tidy.py clang DIR    clang-tidy over the compilation database in the build folder DIR
"""
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SKIP = {"build", ".git", ".cache", "__pycache__"}

FUNCTION_LINES, FILE_LINES, TEST_FILE_LINES, PARAMETERS = 60, 500, 800, 6

# One outside system, one room: a library's header and the rooms that may include it.
LIBRARIES = {
    "librdkafka/": {"runtime"}, "microhttpd.h": {"runtime"}, "rocksdb/": {"state"}, "curl/": {"net"}, "openssl/": {"crypto"},
    "yaml.h": {"config"}, "jansson.h": {"schemas", "tiktok", "cli"}, "xxhash.h": {"schemas", "state", "runtime", "processors"},
    "avro.h": {"tests"}, "cmocka.h": {"tests"}, "jemalloc/": {"cli", "bench"},
    "uthash.h": {"config", "schemas", "state", "tiktok", "runtime", "processors"},
}
SYSTEM = set("""assert.h ctype.h dirent.h dlfcn.h errno.h fcntl.h fnmatch.h float.h ftw.h getopt.h glob.h inttypes.h libgen.h limits.h locale.h malloc.h math.h netdb.h poll.h pthread.h regex.h
sched.h setjmp.h signal.h spawn.h stdarg.h stdatomic.h stdbool.h stddef.h stdint.h stdio.h stdlib.h string.h strings.h time.h unistd.h termios.h
arpa/inet.h netinet/in.h netinet/tcp.h sys/file.h sys/ioctl.h sys/mman.h sys/mount.h sys/random.h sys/resource.h sys/socket.h sys/stat.h sys/statvfs.h sys/syscall.h sys/sysinfo.h sys/time.h sys/types.h
syslog.h threads.h sys/un.h sys/utsname.h sys/wait.h sys/epoll.h sys/eventfd.h sys/signalfd.h sys/prctl.h sys/uio.h immintrin.h sanitizer/asan_interface.h gnu/libc-version.h""".split())

# Words of their own that one file defines, beside its stem.
PREFIXES = {"base/bytes": {"view", "buf", "cursor"}}

BANNED = {
    "strcpy": "snprintf, or a view", "strcat": "struct buf", "strncpy": "snprintf", "strncat": "struct buf", "sprintf": "snprintf",
    "vsprintf": "vsnprintf", "gets": "getline", "atoi": "when_parse_integer", "atol": "when_parse_integer", "atof": "decimal text stays text",
    "strtok": "a cursor", "localtime": "UTC only", "gmtime": "gmtime_r", "ctime": "when_print_iso", "asctime": "when_print_iso",
    "rand": "a seed of your own", "alloca": "struct arena", "system": "posix_spawn", "popen": "posix_spawn", "tmpnam": "mkstemp",
    "mktemp": "mkstemp", "assert": "CHECK",
}

# Hosts that text in the repository may name.
HOSTS = re.compile(r"^(localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1\]|.*\.(test|example|invalid|localhost|internal|svc|local)|([\w.-]+\.)?example\.(com|org|net)|"
                   r"www\.apache\.org|www\.six-group\.com|maven\.apache\.org|kafka\.apache\.org|avro\.apache\.org|cwiki\.apache\.org|json-schema\.org|"
                   r"www\.w3\.org|business-api\.tiktok\.com|[\w-]+)$")

complaints, excuses = [], []


def complain(path, line, words):
    complaints.append(f"{path}:{line}: {words}")


def all_files():
    for folder, folders, files in os.walk(ROOT):
        folders[:] = sorted(f for f in folders if f not in SKIP)
        for name in sorted(files):
            yield os.path.relpath(os.path.join(folder, name), ROOT)


def read(path):
    with open(os.path.join(ROOT, path), errors="replace") as f:
        return f.read()


def room_of(path):
    return path.split("/")[0] if "/" in path else ""


def stem_of(path):
    return os.path.splitext(os.path.basename(path))[0]


def rooms():
    """The rooms and whom each may include, as CMakeLists.txt says; a room may use only those above it."""
    result = {}
    for name, rest in re.findall(r"^room\((\w+)([^)]*)\)", read("CMakeLists.txt"), re.M):
        words = rest.split()
        uses = words[words.index("USES") + 1:] if "USES" in words else []
        uses = uses[:uses.index("LIBS")] if "LIBS" in uses else uses
        for used in uses:
            if used not in result:
                complain("CMakeLists.txt", 1, f"room {name} uses {used}, which does not stand above it: arrows point one way")
        result[name] = set(uses) | {name, "base"}
    return result


def without_comments(text):
    """The same lines, comments and the insides of literals blanked."""
    def blank(match):
        s = match.group(0)
        if s[0] in "\"'":
            return s[0] + " " * (len(s) - 2) + s[0]
        return re.sub(r"[^\n]", " ", s)
    return re.sub(r"//(?:[^\n\\]|\\.)*|/\*.*?\*/|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'", blank, text, flags=re.S)


def parameters_of(signature):
    inner = signature[signature.index("(") + 1:signature.rindex(")")]
    if inner.strip() in ("", "void"):
        return 0
    depth, count = 0, 1
    for c in inner:
        depth += (c == "(") - (c == ")")
        count += c == "," and depth == 0
    return count


def functions_of(code):
    """(first line, last line, name, signature) of each definition: it opens and closes at the left margin."""
    lines = code.split("\n")
    start = None
    for i, line in enumerate(lines):
        if line.startswith("{") and start is not None:
            end = next((j for j in range(i, len(lines)) if lines[j].startswith("}")), len(lines) - 1)
            signature = " ".join(lines[start:i])
            name = re.search(r"(\w+)\s*\(", signature)
            if name and "=" not in signature.split("(")[0]:
                yield start + 1, end + 1, name.group(1), signature
            start = None
        elif re.match(r"[A-Za-z_]", line) and not line.rstrip().endswith((";", ":")):
            start = i
        elif re.match(r"[}#]", line) or line.rstrip().endswith(";"):
            start = None


def excuse(path, lines, at, measure):
    """A ceiling may be passed with `// ceiling: reason` just above."""
    for line in lines[max(0, at - 6):at + 1]:
        found = re.search(r"// ceiling: (.{8,})", line)
        if found:
            excuses.append(f"{path}:{at + 1}: {measure}: {found.group(1)}")
            return True
    return False


def check_includes(path, text, allowed):
    room = room_of(path)
    for number, line in enumerate(text.split("\n"), 1):
        found = re.match(r'#include ([<"])([^>"]+)[>"]', line)
        if not found:
            continue
        ours, name = found.group(1) == '"', found.group(2)
        if ours:
            check_our_include(path, number, name, allowed)
        else:
            check_library(path, number, name, room)


def check_our_include(path, number, name, allowed):
    if not os.path.exists(os.path.join(ROOT, name)) and not name.startswith("generated/"):
        complain(path, number, f'"{name}": includes of ours start at the repository root')
    target, room = room_of(name), room_of(path)
    if room in allowed and target not in allowed[room]:
        complain(path, number, f"{room}/ may not include {target}/ (CMakeLists.txt says whom it may)")
    if room in ("tests", "bench") and target not in allowed and target not in ("tests", "bench"):
        complain(path, number, f'"{name}" is in no room')


def check_library(path, number, name, room):
    for prefix, where in LIBRARIES.items():
        if name.startswith(prefix):
            if room not in where | {"tests", "bench"}:
                complain(path, number, f"<{name}> belongs to {', '.join(sorted(where))}/: one outside system, one room")
            return
    if name not in SYSTEM:
        complain(path, number, f"<{name}> is neither libc nor a library listed in scripts/tidy.py")


def check_spread(c_files):
    """A header that shows a library's types stays in its room."""
    includes = {p: re.findall(r'^#include [<"]([^>"]+)[>"]', read(p), re.M) for p in c_files}
    spreading = {p for p in c_files if p.endswith(".h") and any(n.startswith(tuple(LIBRARIES)) for n in includes[p])}
    grown = True
    while grown:
        more = {p for p in c_files if p.endswith(".h") and spreading & set(includes[p])} - spreading
        spreading, grown = spreading | more, bool(more)
    for path in c_files:
        for name in spreading & set(includes[path]):
            if room_of(name) != room_of(path) and room_of(path) not in ("tests", "bench"):
                complain(path, 1, f'"{name}" shows types of a library that belongs to {room_of(name)}/')


def prefixes_of(path):
    """Its stem; and for `a_b.c` beside `a.h`, where its functions are declared, also `a`."""
    base = os.path.splitext(path)[0]
    result, words = {stem_of(path)} | PREFIXES.get(base, set()), stem_of(path).split("_")
    for n in range(1, len(words)):
        shorter = "_".join(words[:n])
        if os.path.exists(os.path.join(ROOT, os.path.dirname(path), shorter + ".h")):
            result.add(shorter)
    return result


def check_functions(path, lines, code):
    prefixes = prefixes_of(path)
    for first, last, name, signature in functions_of(code):
        length, count = last - first + 1, parameters_of(signature)
        if length > FUNCTION_LINES and not excuse(path, lines, first - 1, f"{name} has {length} lines"):
            complain(path, first, f"{name} has {length} lines; the ceiling is {FUNCTION_LINES}")
        if count > PARAMETERS and not excuse(path, lines, first - 1, f"{name} has {count} parameters"):
            complain(path, first, f"{name} has {count} parameters; the ceiling is {PARAMETERS}")
        if path.endswith(".c") and room_of(path) not in ("tests", "bench") and not re.search(r"\bstatic\b", signature) and name != "main" and \
                not any(name == p or name.startswith(p + "_") for p in prefixes):
            complain(path, first, f"{name}: a public function's name begins with its file's stem, {stem_of(path)}_")


def check_words(path, code):
    for number, line in enumerate(code.split("\n"), 1):
        for name in re.findall(r"(?<![\w.>])(\w+)\s*\(", line):
            if name in BANNED and not (path.startswith("tests/") and name in ("assert", "system")):
                complain(path, number, f"{name} is banned; use {BANNED[name]}")
        if re.search(r"\btypedef\s+(struct|union)\b", line):
            complain(path, number, "structs are not typedef'd")
        if re.search(r"\btypedef\b.*\w_t\s*;", line):
            complain(path, number, "names in _t belong to POSIX")
    for macro in re.finditer(r"#define\s+(\w+)(?:[^\n]*\\\n)*[^\n]*", code):
        if re.search(r"\b(return|goto)\b", macro.group(0)) and not re.search(r"\bstatic\b", macro.group(0)):
            complain(path, code[:macro.start()].count("\n") + 1, f"macro {macro.group(1)} hides a return or goto")


def check_c(path, allowed):
    text = read(path)
    lines, code = text.split("\n"), without_comments(text)
    if not lines[0].startswith("// SPDX-License-Identifier: Apache-2.0"):
        complain(path, 1, "the first line is the SPDX line")
    if path.endswith(".h") and "#pragma once" not in lines:
        complain(path, 1, "a header says #pragma once")
    ceiling = TEST_FILE_LINES if room_of(path) == "tests" else FILE_LINES
    if len(lines) - 1 > ceiling and not excuse(path, lines, 5, f"{len(lines) - 1} lines"):
        complain(path, 1, f"{len(lines) - 1} lines; the ceiling is {ceiling}")
    if os.path.basename(path).startswith("test_") and not lines[1].startswith("//"):
        complain(path, 2, "the first line of a test says its promise")
    check_includes(path, text, allowed)
    check_functions(path, lines, code)
    check_words(path, code)


def check_stems(files):
    seen = {}
    for path in files:
        stem, folder = stem_of(path), os.path.dirname(path)
        if stem == "main" or not path.endswith((".c", ".h")):
            continue
        if seen.setdefault(stem, folder) != folder:
            complain(path, 1, f"the stem {stem} is also in {seen[stem]}/: a name is an address")


def check_text(path, known):
    """Text that people read: what it cites exists, whom it names may be named, nothing is left to do."""
    text = read(path)
    for number, line in enumerate(text.split("\n"), 1):
        for host in re.findall(r"https?://([^/\s:,\"'`<>)\]}]+)", line):
            if "$" not in host and "{" not in host and "%" not in host and not HOSTS.match(host):
                complain(path, number, f"the host {host} is not one that text may name (scripts/tidy.py)")
        for cited in re.findall(r"[\w./-]+\.md\b", line):
            if not cites_known(path, cited, known):
                complain(path, number, f"{cited} is cited and does not exist")
        if re.search(r"\b(TODO|FIXME|HACK)\b", line) and "scripts/tidy.py" != path:
            complain(path, number, "do it, or write down why not")
        if re.search(r"(?<![\w.$}/~])/(home|root|Users|work)/\w", line) and "scripts/tidy.py" != path:
            complain(path, number, "a path of one person's machine")


def cites_known(path, cited, known):
    local = os.path.normpath(os.path.join(os.path.dirname(path), cited))
    return cited.lstrip("./") in known or local in known or any(k.endswith("/" + cited) for k in known) or cited.endswith("-.md")


def is_text(path):
    return path.endswith((".c", ".h", ".def", ".py", ".md", ".txt", ".cmake", ".json", ".jsonl", ".yaml", ".yml", ".avsc", ".pom", ".sh")) or \
        room_of(path) in ("scripts", ".ci") or "Dockerfile" in path


def needs_spdx(path):
    if path.endswith((".py", ".cmake", ".sh", ".yaml", ".def")) or os.path.basename(path) in ("CMakeLists.txt", "Dockerfile"):
        return not path.startswith(("tests/fixtures/", "tests/fuzz/corpus/", "docs/"))
    return room_of(path) in ("scripts", ".ci") and not path.endswith(".md")


def check_header_alone(path):
    command = ["gcc", "-std=gnu17", "-D_GNU_SOURCE", "-I.", "-Wall", "-Wextra", "-Werror", "-fsyntax-only", "-include", path, "-x", "c", "-"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if done.returncode != 0:
        complain(path, 1, "does not compile alone:\n" + done.stderr)


def sources(suffixes):
    return [p for p in all_files() if p.endswith(suffixes)]


def rules():
    allowed = rooms()
    files = list(all_files())
    known = set(files)
    c_files = [p for p in files if p.endswith((".c", ".h")) and "/" in p]
    for path in c_files:
        check_c(path, allowed)
    check_spread(c_files)
    check_stems([p for p in c_files if not p.startswith("tests/")])
    for path in files:
        if is_text(path):
            check_text(path, known)
        if needs_spdx(path) and "SPDX-License-Identifier: Apache-2.0" not in "".join(read(path).splitlines(True)[:3]):
            complain(path, 1, "one of the first lines is the SPDX line")
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(check_header_alone, [p for p in c_files if p.endswith(".h")]))


def check_format(path, fix):
    if fix:
        subprocess.run(["clang-format-14", "-i", path], cwd=ROOT, check=True)
        return
    done = subprocess.run(["clang-format-14", "--dry-run", "-Werror", path], cwd=ROOT, capture_output=True, text=True)
    if done.returncode != 0:
        first = re.search(r":(\d+):", done.stderr)
        complain(path, first.group(1) if first else 1, "clang-format would change it from here on (scripts/tidy.py format --fix)")


def check_clang(path, build):
    done = subprocess.run(["clang-tidy-14", "--quiet", "--warnings-as-errors=*", "-p", build, path], cwd=ROOT, capture_output=True, text=True)
    if done.returncode != 0:
        found = re.findall(r"^.*(?:error|warning): .*$", done.stdout + done.stderr, re.M)
        complaints.extend(os.path.relpath(line, ROOT) if line.startswith("/") else line for line in found or [f"{path}: {done.stderr}"])


def main(arguments):
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        if arguments[:1] == ["format"]:
            list(pool.map(lambda p: check_format(p, "--fix" in arguments), sources((".c", ".h"))))
        elif arguments[:1] == ["clang"] and len(arguments) >= 2:
            chosen = arguments[2:] or [p for p in sources(".c") if room_of(p) in rooms()]
            list(pool.map(lambda p: check_clang(p, arguments[1]), chosen))
        elif not arguments:
            rules()
        else:
            print(__doc__, file=sys.stderr)
            return 2
    for line in sorted(set(complaints)):
        print(line)
    if excuses:
        print(f"{len(excuses)} ceilings passed, with a reason:\n  " + "\n  ".join(sorted(excuses)))
    if complaints:
        print(f"{len(set(complaints))} complaints")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
