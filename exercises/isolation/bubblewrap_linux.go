package isolation

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"

	"golang.org/x/sys/unix"
)

// A bubblewrap runs commands by bubblewrap, in trees of files that the judge puts together.
type bubblewrap struct {
	o             Options
	program       string
	disableUserns bool     // the installed version knows the flag
	base          base     // a small file system of the judge; a cell's is mounted below
	groups        *cgroups // nil where there are none
	overlay       bool
	filter        []byte
	count         atomic.Int64
}

func openBubblewrap(ctx context.Context, o Options) (_ maker, _ Achieved, err error) {
	program, err := exec.LookPath("bwrap")
	if err != nil {
		return nil, Achieved{}, errors.New("bubblewrap is not installed: type sudo apt install bubblewrap")
	}
	if !entered {
		return nil, Achieved{}, errors.New("this process may not make namespaces" + namespaceHint())
	}
	// What this process was given open by its parent, commands must not have.
	if err := unix.CloseRange(3, math.MaxUint32, unix.CLOSE_RANGE_CLOEXEC); err != nil {
		return nil, Achieved{}, fmt.Errorf("keep open files from commands: %w", err)
	}
	// What bubblewrap leaves when it ends is this process's to wait for, wherever the first process of the machine or of
	// the container does not.
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		return nil, Achieved{}, fmt.Errorf("become subreaper: %w", err)
	}
	b := &bubblewrap{o: o, program: program, overlay: o.Cache != ""}
	help, _ := exec.CommandContext(ctx, program, "--help").Output()
	b.disableUserns = strings.Contains(string(help), "--disable-userns")
	achieved := Achieved{Files: Strong, Network: Strong, Processes: Strong, Memory: Strong, Disk: Strong}
	if rootOutside() {
		achieved.Files = Sound
		achieved.Notes = append(achieved.Notes,
			"commands run as root's number without root's powers: grade as an ordinary user, or as root with CAP_SYS_ADMIN")
	}
	groups, err := openCgroups()
	if err != nil {
		achieved.Memory = Sound
		achieved.Notes = append(achieved.Notes, fmt.Sprintf(
			"no cgroups, so the memory of commands is looked at ten times a second: %s: %v", wayToCgroups, err))
	}
	b.groups = groups
	defer func() {
		if err != nil {
			err = errors.Join(err, b.close())
		}
	}()
	if b.filter, err = seccompFilter(groups != nil); err != nil {
		return nil, Achieved{}, err
	}
	if err := b.mountBase(); err != nil {
		return nil, Achieved{}, err
	}
	if err := b.probe(ctx, &achieved); err != nil {
		return nil, Achieved{}, fmt.Errorf("%w%s", err, namespaceHint())
	}
	return b, achieved, nil
}

// namespaceHint says what to type where this machine keeps ordinary users, such as those of commands, from making
// namespaces.
func namespaceHint() string {
	for _, setting := range []struct{ name, forbids, allows string }{
		{"kernel.apparmor_restrict_unprivileged_userns", "1", "0"}, // Ubuntu, from 23.10
		{"kernel.unprivileged_userns_clone", "0", "1"},             // Debian, of old
		{"user.max_user_namespaces", "0", "10000"},
	} {
		value, _ := os.ReadFile("/proc/sys/" + strings.ReplaceAll(setting.name, ".", "/"))
		if strings.TrimSpace(string(value)) == setting.forbids {
			return "; type sudo sysctl " + setting.name + "=" + setting.allows
		}
	}
	hint := "; in a container, that has to be a privileged one"
	if enabled, _ := os.ReadFile("/sys/module/apparmor/parameters/enabled"); strings.TrimSpace(string(enabled)) == "Y" {
		hint += "; where sudo aa-status tells of a profile for bwrap, that has to allow userns and mount"
	}
	return hint
}

// mountBase makes the place of cells. What is mounted and unmounted there, the threads of cells see.
func (b *bubblewrap) mountBase() (err error) {
	if b.base, err = newBase(b.o.Dir); err != nil {
		return err
	}
	if err := mountTmpfs(b.base.dir, "mode=0711,size=1m"); err != nil {
		return err
	}
	if err := unix.Mount("", b.base.dir, "", unix.MS_SHARED, ""); err != nil {
		return fmt.Errorf("share mounts below %s: %w", b.base.dir, err)
	}
	return nil
}

const setTMPDIR = "set TMPDIR to a folder that everybody may enter, as /tmp"

// reachable tells whether the users of commands get to what is below dir.
func reachable(dir string) error {
	if !manyUsers() {
		return nil
	}
	for dir = filepath.Dir(dir); dir != "/"; dir = filepath.Dir(dir) {
		info, err := os.Stat(dir)
		if err != nil {
			return err
		}
		if info.Mode().Perm()&1 == 0 {
			return fmt.Errorf("other users may not enter %s", dir)
		}
	}
	return nil
}

func mountTmpfs(dir, options string) error {
	if err := unix.Mount("slipway", dir, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, options); err != nil {
		return fmt.Errorf("mount tmpfs at %s: %w", dir, err)
	}
	return nil
}

func (b *bubblewrap) close() error {
	var errs []error
	if b.base.dir != "" {
		if err := unix.Unmount(b.base.dir, unix.MNT_DETACH); err != nil && !errors.Is(err, unix.EINVAL) {
			errs = append(errs, fmt.Errorf("unmount %s: %w", b.base.dir, err))
		}
		errs = append(errs, b.base.remove())
	}
	if b.groups != nil {
		errs = append(errs, b.groups.close())
	}
	return errors.Join(errs...)
}
