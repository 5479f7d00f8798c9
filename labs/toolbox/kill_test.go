package main

import (
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"testing"
)

func TestKill(t *testing.T) {
	if os.Getenv("TOOLBOX_SLEEP") != "" {
		select {}
	}
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no signals")
	}
	child := exec.Command(os.Args[0], "-test.run=^TestKill$")
	child.Env = append(os.Environ(), "TOOLBOX_SLEEP=1")
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	if code, _, errs := (setting{}).invoke(t.Context(), "kill", strconv.Itoa(child.Process.Pid), "--signal", "KILL"); code != 0 {
		t.Errorf("exit code %d, prints %s", code, errs)
	}
	if err := child.Wait(); err == nil || err.Error() != "signal: killed" {
		t.Errorf("the process ends with %v", err)
	}
	for _, line := range []string{"kill x", "kill 0", "kill 1 --signal HUP"} {
		if code, _, errs := (setting{}).invoke(t.Context(), strings.Fields(line)...); code != 2 {
			t.Errorf("%s: exit code %d, prints %s", line, code, errs)
		}
	}
}
