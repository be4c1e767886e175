package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// usage is what /proc says of a process at one moment.
type usage struct {
	cpu  time.Duration // user and system time since it started
	rss  int64         // resident memory, bytes
	peak int64         // the most it ever was, bytes
}

// clockTick is 1/USER_HZ, which Linux fixes for everything /proc shows.
const clockTick = 10 * time.Millisecond

// readUsage reads a Linux process's CPU time and memory (proc(5)).
func readUsage(pid int) (usage, error) {
	var u usage
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return u, fmt.Errorf("look at process: %w", err)
	}
	// The command name is in parentheses and may hold spaces: count from its end.
	fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	if len(fields) < 13 {
		return u, fmt.Errorf("look at process %d: %d fields in its stat", pid, len(fields))
	}
	for _, field := range fields[11:13] { // utime, stime
		n, err := strconv.ParseInt(field, 10, 64)
		if err != nil {
			return u, fmt.Errorf("look at process %d: %w", pid, err)
		}
		u.cpu += time.Duration(n) * clockTick
	}
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return u, fmt.Errorf("look at process: %w", err)
	}
	u.rss, u.peak = kibibytes(string(status), "VmRSS:"), kibibytes(string(status), "VmHWM:")
	return u, nil
}

// kibibytes finds a "Name:   123 kB" line and returns it in bytes.
func kibibytes(status, name string) int64 {
	for line := range strings.Lines(status) {
		if rest, ok := strings.CutPrefix(line, name); ok {
			n, err := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(rest), "kB")), 10, 64)
			if err == nil {
				return n << 10
			}
		}
	}
	return 0 // a kernel thread has no memory of its own
}
