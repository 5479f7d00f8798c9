package isolation

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// A usage is what a tree of processes uses, and has used.
type usage struct {
	cpu       time.Duration // of ended processes that were waited for too
	memory    int64         // resident bytes that no file on disk holds
	processes int           // threads
}

// measure sums up pid and all that descend from it. A process that ends meanwhile may be missing.
func measure(pid int) usage {
	var u usage
	seen := map[int]bool{}
	var walk func(int)
	walk = func(pid int) {
		if seen[pid] {
			return
		}
		seen[pid] = true
		u.add(pid)
		tasks, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
		for _, t := range tasks {
			text, _ := os.ReadFile(t)
			for _, child := range strings.Fields(string(text)) {
				if n, err := strconv.Atoi(child); err == nil {
					walk(n)
				}
			}
		}
	}
	walk(pid)
	return u
}

// tick is the unit of processor times in /proc, the same on all architectures of Linux.
const tick = time.Second / 100

func (u *usage) add(pid int) {
	dir := fmt.Sprintf("/proc/%d/", pid)
	stat, _ := os.ReadFile(dir + "stat")
	// The name of the program, in parentheses, may hold anything; what follows the last one are numbers.
	f := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	if len(f) > 17 {
		for _, field := range f[11:15] { // utime, stime, and both of ended children
			n, _ := strconv.ParseInt(field, 10, 64)
			u.cpu += time.Duration(n) * tick
		}
		threads, _ := strconv.Atoi(f[17])
		u.processes += threads
	}
	status, _ := os.ReadFile(dir + "status")
	for line := range strings.Lines(string(status)) {
		f := strings.Fields(line)
		if len(f) == 3 && (f[0] == "RssAnon:" || f[0] == "RssShmem:") {
			kilobytes, _ := strconv.ParseInt(f[1], 10, 64)
			u.memory += kilobytes << 10
		}
	}
}
