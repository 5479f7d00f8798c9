package main

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"
)

func idCommand() command {
	return command{
		name: "id", short: "tells as whom it runs and what it may: user, groups, capabilities, seccomp",
		flags: plain(func(_ context.Context, c *call) error {
			groups, err := os.Getgroups()
			if err != nil {
				return err
			}
			fmt.Fprintf(c.stdout, "uid %d\ngid %d\ngroups %s\n", os.Getuid(), os.Getgid(), strings.Trim(fmt.Sprint(groups), "[]"))
			status, err := readStatus(c.files, "self")
			if err != nil {
				return err
			}
			fmt.Fprintf(c.stdout, "capabilities %s\nbounding %s\nno-new-privileges %s\nseccomp %s\n",
				capabilities(status["CapEff"]), capabilities(status["CapBnd"]), yesNo(status["NoNewPrivs"]), seccomp(status["Seccomp"]))
			return nil
		}),
	}
}

// readStatus reads /proc/PID/status, see proc_pid_status(5).
func readStatus(fsys fs.FS, pid string) (map[string]string, error) {
	text, err := fs.ReadFile(fsys, "proc/"+pid+"/status")
	if err != nil {
		return nil, fmt.Errorf("read process status: %w", err)
	}
	status := map[string]string{}
	for line := range strings.Lines(string(text)) {
		key, value, _ := strings.Cut(line, ":")
		status[key] = strings.TrimSpace(value)
	}
	return status, nil
}

// capabilityNames are those of capability.h, by number.
const capabilityNames = "chown dac_override dac_read_search fowner fsetid kill setgid setuid setpcap linux_immutable " +
	"net_bind_service net_broadcast net_admin net_raw ipc_lock ipc_owner sys_module sys_rawio sys_chroot sys_ptrace sys_pacct " +
	"sys_admin sys_boot sys_nice sys_resource sys_time sys_tty_config mknod lease audit_write audit_control setfcap " +
	"mac_override mac_admin syslog wake_alarm block_suspend audit_read perfmon bpf checkpoint_restore"

func capabilities(mask string) string {
	bits, err := strconv.ParseUint(mask, 16, 64)
	if err != nil {
		return "unknown"
	}
	if bits == 0 {
		return "none"
	}
	var has []string
	for i, name := range strings.Fields(capabilityNames) {
		if bits&(1<<i) != 0 {
			has = append(has, name)
		}
	}
	return strings.Join(has, " ")
}

func yesNo(flag string) string {
	if flag == "1" {
		return "yes"
	}
	return "no"
}

func seccomp(mode string) string {
	switch mode {
	case "1":
		return "strict"
	case "2":
		return "filter"
	}
	return "none"
}
