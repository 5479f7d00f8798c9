package main

import (
	"context"
	"fmt"
	"io/fs"
	"slices"
	"strings"
)

func mountsCommand() command {
	return command{
		name: "mounts", args: "[PATH…]", short: "prints what is mounted where: path, type, options, source",
		flags: plain(func(_ context.Context, c *call) error {
			table, err := fs.ReadFile(c.files, "proc/self/mountinfo")
			if err != nil {
				return fmt.Errorf("read mounts: %w", err)
			}
			for line := range strings.Lines(string(table)) {
				target, text, ok := mount(line)
				if ok && (len(c.args) == 0 || slices.Contains(c.args, target)) {
					fmt.Fprintln(c.stdout, text)
				}
			}
			return nil
		}),
	}
}

// mount renders a line of mountinfo, see proc_pid_mountinfo(5): the type and the source follow a
// lone hyphen, and what stands before it may have more fields.
func mount(line string) (target, text string, ok bool) {
	before, after, ok := strings.Cut(line, " - ")
	left, right := strings.Fields(before), strings.Fields(after)
	if !ok || len(left) < 6 || len(right) < 2 {
		return "", "", false
	}
	target = unescape(left[4])
	return target, fmt.Sprintf("%s %s %s %s", target, right[0], left[5], unescape(right[1])), true
}

// unescape takes the four characters back that the kernel writes as octal numbers.
func unescape(text string) string {
	return strings.NewReplacer(`\040`, " ", `\011`, "\t", `\012`, "\n", `\134`, `\`).Replace(text)
}
