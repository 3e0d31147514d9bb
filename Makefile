# Headway: `make demo` shows it, `make check` tests it, `make help` lists the rest.
# One Makefile, non-recursive; everything built goes to build/ (or B=DIR).

VERSION := 0.1.0
B       ?= build
prefix  ?= /usr
DESTDIR ?=
CC      ?= gcc
SEED    ?= 1
# CI turns warnings into errors: make WERROR=1
WERROR  ?=
V       ?=
Q       := $(if $(V),,@)

pkg_cflags = $(shell pkg-config --cflags $(1) 2>/dev/null)
pkg_libs   = $(shell pkg-config --libs $(1) 2>/dev/null)
PROTO_PKGS  := libsodium libzstd libutf8proc libcbor
CLIENT_PKGS := jansson smartcols libzip expat xlsxwriter
DAEMON_PKGS := libczmq libzmq libuv sqlite3 libsystemd
ALL_CFLAGS  := $(call pkg_cflags,$(PROTO_PKGS) $(CLIENT_PKGS) $(DAEMON_PKGS) cmocka)
PROTO_LIBS  := $(call pkg_libs,$(PROTO_PKGS))
CLIENT_LIBS := $(call pkg_libs,$(CLIENT_PKGS)) -lcsv
DAEMON_LIBS := $(call pkg_libs,$(DAEMON_PKGS)) -pthread

WARN := -Wall -Wextra -Wpedantic -Wformat=2 -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla \
        -Wconversion -Wsign-conversion -Wimplicit-fallthrough -Wwrite-strings -Wundef -Wdate-time
HARD := -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3 -fstack-clash-protection -fstack-protector-strong \
        -fcf-protection=full -fPIE -fno-strict-overflow -ftrivial-auto-var-init=zero
LINK := -pie -Wl,-z,relro,-z,now,-z,noexecstack,-z,separate-code,--as-needed
# SAN=address,undefined builds with sanitizers (make asan does that in build/asan).
SAN  ?=
ifneq ($(SAN),)
HARD := -fPIE -fsanitize=$(SAN) -fno-sanitize-recover=all -fno-omit-frame-pointer
LINK := -pie -fsanitize=$(SAN)
endif
base_flags = -std=c11 -D_GNU_SOURCE -DHEADWAY_VERSION='"$(VERSION)"' -Iinclude -I. -O2 -g $(WARN) $(HARD) \
             $(if $(WERROR),-Werror) $(ALL_CFLAGS) -MMD -MP
compile = $(CC) $(base_flags) $(CPPFLAGS) $(CFLAGS)

PROTO_O  := $(patsubst %.c,$(B)/%.o,$(wildcard proto/*.c))
DAEMON_O := $(patsubst %.c,$(B)/%.o,$(wildcard daemon/*.c))
CLIENT_O := $(patsubst %.c,$(B)/%.o,$(wildcard client/*.c client/*/*.c))
FILES_O  := $(filter %import.o %export.o $(B)/client/import% $(B)/client/export%,$(CLIENT_O))
TESTS    := $(patsubst tests/unit/%.c,$(B)/tests/%,$(wildcard tests/unit/test_*.c))
# Decoders under libFuzzer: make fuzz [FUZZ=name] [FUZZ_SECONDS=120] [SEED=1]; needs clang. tests/fuzz/README says more.
FUZZ_O   := $(patsubst %.c,$(B)/%.o,$(wildcard tests/fuzz/fuzz_*.c))
FUZZERS  := $(patsubst tests/fuzz/fuzz_%.c,$(B)/fuzz/%,$(wildcard tests/fuzz/fuzz_$(if $(FUZZ),$(FUZZ),*).c))
FUZZ_CC  ?= clang
BENCHES  := $(patsubst bench/%.c,$(B)/bench/%,$(wildcard bench/*.c))
SIM_O    := $(patsubst %.c,$(B)/%.o,$(wildcard tests/sim/sim_*.c))
GOLDEN_O := $(patsubst %.c,$(B)/%.o,$(wildcard tests/sim/golden*.c))
CRASH_O  := $(patsubst %.c,$(B)/%.o,$(wildcard tests/sim/crash*.c)) $(filter-out %/sim_main.o,$(SIM_O))
BENCH_O  := $(patsubst %.c,$(B)/%.o,$(wildcard bench/lib/*.c) tests/hostile/alliance.c)

.PHONY: all demo check check-here sim sim-here golden crash crash-here asan tsan bench bench-here bench-long bench-check bench-slow bench-slow-here lint format install uninstall clean help soak soak-here fuzz fuzz-here hostile hostile-here sim-faults sim-faults-here broken corpus
.SECONDARY:

all: $(B)/headwayd $(B)/headway $(B)/headway-files

demo: ; $(Q).ci/setup && $(MAKE) --no-print-directory all && $(B)/headway demo --once

check: ; $(Q).ci/setup && $(MAKE) --no-print-directory check-here

# Every test says what it did; the last line counts them.
check-here: all $(TESTS) $(B)/sim $(B)/golden $(B)/crash $(B)/rogue
	$(Q)B=$(B) tests/run $(TESTS)

# Simulated worlds: SEED is the first, about three minutes on two processors (LIMIT seconds, N worlds).
sim: ; $(Q).ci/setup && $(MAKE) --no-print-directory sim-here
sim-here: $(B)/sim
	$(Q)B=$(B) SEED=$(SEED) N=$(N) LIMIT=$(LIMIT) tests/sim/run

# A node cut off at each operation of its disk, in every way; two processes, a few minutes.
crash: ; $(Q).ci/setup && $(MAKE) --no-print-directory crash-here
crash-here: $(B)/crash
	$(Q)B=$(B) SEED=$(SEED) tests/sim/crash_all
$(B)/sim: $(SIM_O) $(B)/libdaemon.a $(B)/libproto.a
$(B)/crash: $(CRASH_O) $(B)/libdaemon.a $(B)/libproto.a
# The main flows in English; with ACCEPT=1 as they are now.
golden: $(B)/golden
	$(Q)$(B)/golden $(if $(ACCEPT),--accept)
$(B)/golden: $(GOLDEN_O) $(filter-out %/sim_main.o,$(SIM_O)) $(B)/libdaemon.a $(B)/libproto.a
$(B)/rogue: $(patsubst %.c,$(B)/%.o,$(wildcard tests/hostile/*.c)) $(B)/libdaemon.a $(B)/libproto.a
$(B)/headwayd: $(DAEMON_O) $(B)/libproto.a
$(B)/headwayd $(B)/sim $(B)/crash $(B)/golden $(B)/rogue:
	@echo "  link $@"
	$(Q)$(CC) $(LINK) $(LDFLAGS) -o $@ $^ $(DAEMON_LIBS) $(PROTO_LIBS) $(LIBS)

# Bad weather for longer than anybody waits for a check: some ten minutes, other seeds each time it is told another SEED.
SOAK_SECONDS ?= 180
soak: ; $(Q).ci/setup && $(MAKE) --no-print-directory soak-here
soak-here: all
	$(Q)SOAK=1 B=$(B) SEED=$(SEED) python3 tests/system/test_weather.py
	$(Q)for s in $(SEED) 1$(SEED); do SOAK=1 B=$(B) SEED=$$s CHAOS_SECONDS=$(SOAK_SECONDS) python3 tests/system/test_chaos.py || exit 1; done

hostile: ; $(Q).ci/setup && $(MAKE) --no-print-directory hostile-here
hostile-here: all $(B)/rogue
	$(Q)B=$(B) PASSES=$(PASSES) tests/hostile/run $(ATTACKS)

# One simulator for each planted bug of tests/sim/faults.txt; each must be found. FAULTS names some of them.
sim-faults: ; $(Q).ci/setup && $(MAKE) --no-print-directory sim-faults-here
sim-faults-here: $(B)/sim
	$(Q)B=$(B) COMPILE='$(subst ','\'',$(compile))' LINK='$(CC) $(LINK) $(LDFLAGS) -o @OUT@ @OBJECTS@ $(SIM_O) \
	  $(B)/libdaemon.a $(B)/libproto.a $(DAEMON_LIBS) $(PROTO_LIBS) $(LIBS)' tests/sim/faults $(FAULTS)

# The same tests with AddressSanitizer and UndefinedBehaviorSanitizer.
asan: ; $(Q)$(MAKE) --no-print-directory check-here B=build/asan SAN=address,undefined
# What import makes of every file of a folder: make corpus CORPUS=DIR prints what was read, kept and refused.
corpus: all ; $(Q)B=$(B) python3 tests/corpus $(CORPUS)
# 100,000 broken files through the readers of imports, with sanitizers.
broken: ; $(Q)$(MAKE) --no-print-directory build/asan/tests/test_import_broken B=build/asan SAN=address,undefined \
	  && BROKEN=100000 SEED=$(SEED) build/asan/tests/test_import_broken
tsan: ; $(Q)$(MAKE) --no-print-directory all B=build/tsan SAN=thread

fuzz: ; $(Q)$(MAKE) --no-print-directory fuzz-here B=build/fuzz CC="$(FUZZ_CC)" SAN=fuzzer-no-link,address,undefined
fuzz-here: $(FUZZERS)
	$(Q)B=$(B) SEED=$(SEED) tests/fuzz/run $(FUZZERS)

bench: ; $(Q).ci/setup && $(MAKE) --no-print-directory bench-here
bench-here: all $(BENCHES)
	$(Q)B=$(B) SEED=$(SEED) bench/run $(LONG)
bench-long: ; $(Q)$(MAKE) --no-print-directory bench LONG=long
bench-slow: ; $(Q).ci/setup && $(MAKE) --no-print-directory bench-slow-here
bench-slow-here: all ; $(Q)B=$(B) timeout -k 10 400 bench/slow $(SEED)
bench-check: ; $(Q).ci/setup && $(MAKE) --no-print-directory all $(BENCHES) && B=$(B) SEED=$(SEED) bench/check

# client/files.c says why there are two.
$(B)/headway: $(filter-out $(FILES_O),$(CLIENT_O)) $(B)/libproto.a
$(B)/headway-files: $(filter-out $(B)/client/files.o,$(CLIENT_O)) $(B)/libproto.a
$(B)/headway $(B)/headway-files:
	@echo "  link $@"
	$(Q)$(CC) $(LINK) $(LDFLAGS) -o $@ $^ $(CLIENT_LIBS) $(PROTO_LIBS) $(LIBS)

$(B)/libproto.a: $(PROTO_O)
	@echo "  pack $@"
	$(Q)rm -f $@ && ar rcs $@ $^

# Unit tests link the files of both programs except their main functions.
$(B)/libdaemon.a: $(filter-out %/main.o,$(DAEMON_O))
	$(Q)rm -f $@ && ar rcs $@ $^
$(B)/libclient.a: $(filter-out %/main.o %/files.o,$(CLIENT_O))
	$(Q)rm -f $@ && ar rcs $@ $^

test_libs := $(B)/libdaemon.a $(B)/libclient.a $(B)/libproto.a
link_test = @echo "  link $@"; mkdir -p $(@D); $(if $(V),set -x;) $(CC) $(LINK) $(1) $(LDFLAGS) -o $@ $(filter %.o,$^) \
            $(test_libs) $(DAEMON_LIBS) $(CLIENT_LIBS) $(PROTO_LIBS) -lcmocka -pthread $(LIBS)
$(B)/tests/test_fuzz: $(FUZZ_O)
$(B)/tests/%: $(B)/tests/unit/%.o $(test_libs) ; $(call link_test)
$(B)/tests/seeds: $(B)/tests/fuzz/seeds.o $(test_libs) ; $(call link_test)
$(B)/fuzz/%: $(B)/tests/fuzz/fuzz_%.o $(test_libs) ; $(call link_test,-fsanitize=fuzzer)

$(B)/bench/%: $(B)/bench/%.o $(BENCH_O) $(B)/libdaemon.a $(B)/libclient.a $(B)/libproto.a
	@echo "  link $@"
	$(Q)$(CC) $(LINK) $(LDFLAGS) -o $@ $^ $(DAEMON_LIBS) $(CLIENT_LIBS) $(PROTO_LIBS) -pthread $(LIBS)

$(B)/tests/unit/%.o: tests/unit/%.c Makefile
	@echo "  cc   $<"
	@mkdir -p $(@D)
	$(Q)$(compile) -c -o $@ $<

$(B)/%.o: %.c Makefile
	@echo "  cc   $<"
	@mkdir -p $(@D)
	$(Q)$(compile) -c -o $@ $<

lint:
	$(Q)clang-format --dry-run -Werror $$(git ls-files '*.c' '*.h') || true
	$(Q)cppcheck --quiet --std=c11 --enable=warning,portability --inline-suppr -Iinclude -I. proto daemon client

format: ; $(Q)clang-format -i $$(git ls-files '*.c' '*.h')

install: all
	install -d $(DESTDIR)$(prefix)/bin $(DESTDIR)$(prefix)/sbin $(DESTDIR)$(prefix)/lib/systemd/system \
	  $(DESTDIR)$(prefix)/lib/sysusers.d $(DESTDIR)$(prefix)/lib/tmpfiles.d \
	  $(DESTDIR)$(prefix)/share/bash-completion/completions $(DESTDIR)$(prefix)/share/doc/headway
	install -m 755 $(B)/headway $(DESTDIR)$(prefix)/bin/headway
	install -m 755 $(B)/headwayd $(DESTDIR)$(prefix)/sbin/headwayd
	install -Dm 755 $(B)/headway-files $(DESTDIR)$(prefix)/libexec/headway-files
	install -m 644 systemd/headwayd@.service $(DESTDIR)$(prefix)/lib/systemd/system/
	install -m 644 systemd/headway.sysusers $(DESTDIR)$(prefix)/lib/sysusers.d/headway.conf
	install -m 644 systemd/headway.tmpfiles $(DESTDIR)$(prefix)/lib/tmpfiles.d/headway.conf
	$(B)/headway completion bash > $(DESTDIR)$(prefix)/share/bash-completion/completions/headway
	install -m 644 README.md SECURITY.md LICENSE docs/*.md $(DESTDIR)$(prefix)/share/doc/headway/

uninstall:
	rm -f $(addprefix $(DESTDIR)$(prefix)/,bin/headway sbin/headwayd libexec/headway-files lib/systemd/system/headwayd@.service \
	  lib/sysusers.d/headway.conf lib/tmpfiles.d/headway.conf share/bash-completion/completions/headway)
	rm -rf $(DESTDIR)$(prefix)/share/doc/headway

clean: ; $(Q)rm -rf build

help:
	@echo "make demo      a hub and three offices on this machine; about a minute"
	@echo "make check     all tests;  make asan: the same with sanitizers"
	@echo "make sim       simulated worlds for about three minutes; SEED=1 N=worlds LIMIT=seconds WEATHER=kind"
	@echo "make golden    the main flows as English traces; ACCEPT=1 takes over what changed"
	@echo "make crash     a node cut off at each operation of its disk, 14,000 points; some minutes on two processors"
	@echo "make soak      kills and bad links for ten minutes;  SEED=N chooses which, SOAK_SECONDS=N how long"
	@echo "make fuzz      every decoder under libFuzzer; FUZZ=name, FUZZ_SECONDS=120;  make hostile: a hub under attack; ATTACKS=names PASSES=2"
	@echo "make sim-faults  bugs planted on purpose: the simulator must find each; FAULTS=names"
	@echo "make bench     figures, as ratios to raw SQLite in the same run; make bench-long: a million events, 50 and 2,000 offices;"
	@echo "               make bench-check: against bench/expected.txt; make bench-slow: over 64 kbit/s"
	@echo "make install   DESTDIR=... prefix=/usr;  make uninstall"
	@echo "make lint format clean;  V=1 shows the commands, B=DIR builds elsewhere"

-include $(wildcard $(B)/*/*.d $(B)/*/*/*.d)
