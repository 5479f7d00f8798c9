package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// changedFiles returns the day of the last commit to each file of the course, by its name in the
// checkout, with one call of git. Where there is no history, or only a part of it, no day is known.
func changedFiles(ctx context.Context, root string) map[string]string {
	days := map[string]string{}
	if root == "" {
		return days
	}
	if _, err := os.Stat(filepath.Join(root, ".git", "shallow")); err == nil {
		return days // the oldest commit of a part would seem to have changed everything
	}
	git := exec.CommandContext(ctx, "git", "-C", root, "-c", "core.quotepath=off", "log", "--format=%x00%cs", "--name-only", "--no-renames", "--relative",
		"--", "content", "exercises/catalog", "labs/catalog")
	out, err := git.Output()
	if err != nil {
		return days // git is missing, or this is no repository
	}
	for commit := range bytes.SplitSeq(out, []byte{0}) {
		day, names, _ := strings.Cut(string(commit), "\n")
		for name := range strings.Lines(names) {
			name = strings.TrimSuffix(name, "\n")
			if name != "" && days[name] == "" { // the first is the latest
				days[name] = day
			}
		}
	}
	return days
}
