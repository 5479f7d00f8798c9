package ociruntime

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// A Set is a set of capabilities as the kernel writes it: bit n is capability number n.
type Set uint64

// names are the capabilities in the order of their numbers: include/uapi/linux/capability.h.
var names = []string{
	"CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "KILL", "SETGID", "SETUID", "SETPCAP",
	"LINUX_IMMUTABLE", "NET_BIND_SERVICE", "NET_BROADCAST", "NET_ADMIN", "NET_RAW", "IPC_LOCK", "IPC_OWNER",
	"SYS_MODULE", "SYS_RAWIO", "SYS_CHROOT", "SYS_PTRACE", "SYS_PACCT", "SYS_ADMIN", "SYS_BOOT", "SYS_NICE",
	"SYS_RESOURCE", "SYS_TIME", "SYS_TTY_CONFIG", "MKNOD", "LEASE", "AUDIT_WRITE", "AUDIT_CONTROL", "SETFCAP",
	"MAC_OVERRIDE", "MAC_ADMIN", "SYSLOG", "WAKE_ALARM", "BLOCK_SUSPEND", "AUDIT_READ", "PERFMON", "BPF",
	"CHECKPOINT_RESTORE",
}

// Has says whether the set holds the capability of that name, which is spelled as in CAP_SYS_ADMIN. A
// name that this package does not know is held to be there: the runtime shall judge it.
func (s Set) Has(name string) bool {
	for n, known := range names {
		if strings.EqualFold(strings.TrimPrefix(strings.ToUpper(name), "CAP_"), known) {
			return s&(1<<n) != 0
		}
	}
	return true
}

// ErrNoBoundingSet is the error for a status that tells no bounding set.
var ErrNoBoundingSet = errors.New("no line CapBnd")

// ParseBounding reads the bounding set out of a process's status: proc_pid_status(5), CapBnd.
func ParseBounding(status io.Reader) (Set, error) {
	lines := bufio.NewScanner(status)
	for lines.Scan() {
		value, ok := strings.CutPrefix(lines.Text(), "CapBnd:")
		if !ok {
			continue
		}
		set, err := strconv.ParseUint(strings.TrimSpace(value), 16, 64)
		if err != nil {
			return 0, fmt.Errorf("read CapBnd: %w", err)
		}
		return Set(set), nil
	}
	if err := lines.Err(); err != nil {
		return 0, err
	}
	return 0, ErrNoBoundingSet
}

// Reduce takes the capabilities that bound does not hold out of a configuration: a container's, or a
// process object alone. Everything else stays as it was, numbers to the last digit. Changed is false
// where nothing had to go; the answer is then data itself.
func Reduce(data []byte, process bool, bound Set) (reduced []byte, changed bool, err error) {
	var doc map[string]any
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	if err := dec.Decode(&doc); err != nil {
		return nil, false, err
	}
	object := doc
	if !process {
		object, _ = doc["process"].(map[string]any)
	}
	sets, _ := object["capabilities"].(map[string]any)
	for kind, list := range sets {
		names, _ := list.([]any)
		if kept := within(names, bound); len(kept) < len(names) {
			sets[kind], changed = kept, true
		}
	}
	if !changed {
		return data, false, nil
	}
	reduced, err = json.Marshal(doc)
	return reduced, true, err
}

func within(names []any, bound Set) []any {
	kept := make([]any, 0, len(names))
	for _, name := range names {
		if s, ok := name.(string); !ok || bound.Has(s) {
			kept = append(kept, name)
		}
	}
	return kept
}

// Lacks lists the capabilities up to number last that the set does not hold, spelled as in CAP_KILL.
func (s Set) Lacks(last int) []string {
	var lacks []string
	for n, name := range names {
		if n <= last && s&(1<<n) == 0 {
			lacks = append(lacks, "CAP_"+name)
		}
	}
	return lacks
}
