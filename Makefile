# Short names for the scripts in tools/ and the presets of CMakePresets.json; CONTRIBUTING.md says more.
PREFIX ?= /usr/local
DESTDIR ?=
LINKS ?=

.PHONY: all release debug tsan dev test lint demo demo-down bench bench-swarm bench-machine chaos install uninstall deb clean
all: release

release:
	@tools/dependencies build
	@cmake --preset $@ > /dev/null
	@cmake --build --preset $@ --target package_files

debug tsan dev:
	@tools/dependencies build
	@cmake --preset $@ > /dev/null
	@cmake --build --preset $@

test lint demo demo-down bench bench-swarm bench-machine chaos deb:
	@tools/$@

install:
	@tools/install "$(DESTDIR)" "$(PREFIX)" "$(LINKS)"

uninstall:
	@tools/install --remove "$(DESTDIR)" "$(PREFIX)"

clean:
	rm -rf build
