package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/slipway-workshop/slipway/exercises/gotool"
	"github.com/slipway-workshop/slipway/exercises/sandbox"
	"github.com/slipway-workshop/slipway/labs/host"
	"github.com/spf13/cobra"
)

func (a *app) doctorCommand() *cobra.Command {
	var fix bool
	cmd := &cobra.Command{
		Use:     "doctor",
		GroupID: groupOther,
		Short:   "See whether this machine has what the course needs",
		Long: `Doctor looks at what the course needs of this machine, and says what to type where something is
missing. It ends with 0 when everything that the exercises need is there. The labs need a container
engine besides, and a few things of the machine for it.

With --fix it puts the machine in order for the labs: on Debian and Ubuntu, as root, it installs Docker,
starts it where no init system does, and sets what clusters need. It says what it does and how to undo
each thing; ` + host.UndoScript + ` undoes it all. Elsewhere it says what to type.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if fix {
				return a.fix(cmd.Context())
			}
			c, err := a.open()
			if err != nil {
				return err
			}
			return a.doctor(cmd.Context(), c)
		},
	}
	cmd.Flags().BoolVar(&fix, "fix", false, "put the machine in order for the labs")
	return cmd
}

// A finding of the doctor: necessary things that are missing end the program with a fault.
type symptom struct {
	name string
	good string // what was found, when all is well
	bad  string // what is wrong
	next string // what to type
	need bool   // the course cannot do without
}

func (a *app) doctor(ctx context.Context, c *course) error {
	healthy := a.tell([]symptom{
		examineGo(ctx), examineGit(), examineWork(a.work(c).Dir), examineCache(), examineTemporary(), examineLoopback(), examineDeadlines(), examineEnvironment(),
	})
	if healthy {
		a.say("\nReady for the exercises.\n")
	}
	clusters, err := examineClusters(ctx)
	if err != nil {
		return err
	}
	a.say("\nFor the labs, which need clusters:\n")
	if a.tell(clusters) {
		a.say("\nReady for the labs.\n")
	} else {
		a.say("\nThe exercises do without these.\n")
	}
	if !healthy {
		return &exitError{code: exitFault}
	}
	return nil
}

// fix puts the machine in order for the labs and says how it is then.
func (a *app) fix(ctx context.Context) error {
	if err := host.Fix(ctx, func(line string) { a.say("%s\n", line) }); err != nil {
		return err
	}
	clusters, err := examineClusters(ctx)
	if err != nil {
		return err
	}
	if !a.tell(clusters) {
		return &exitError{code: exitFault}
	}
	a.say("\nReady for the labs.\n")
	return nil
}

// tell prints symptoms, and says whether all that is necessary is there.
func (a *app) tell(symptoms []symptom) bool {
	healthy := true
	for _, s := range symptoms {
		mark := "✓"
		text := s.good
		if s.bad != "" {
			text = s.bad
			mark = "!"
			if s.need {
				mark, healthy = "✗", false
			}
		}
		a.say("%s %-10s %s\n", mark, s.name, text)
		if s.bad != "" && s.next != "" {
			a.say("             %s\n", s.next)
		}
	}
	return healthy
}

func examineClusters(ctx context.Context) ([]symptom, error) {
	facts, err := host.ThisMachine().Look(ctx)
	if err != nil {
		return nil, err
	}
	var symptoms []symptom
	for _, c := range facts.Conditions() {
		symptoms = append(symptoms, symptom{name: c.Name, good: c.Good, bad: c.Bad, next: c.Next, need: c.Need})
	}
	return symptoms, nil
}

func examineGo(ctx context.Context) symptom {
	s := symptom{name: "go", need: true, next: "install Go from https://go.dev/dl/ and open a new terminal"}
	cache, err := cacheDir()
	if err != nil {
		s.bad = err.Error()
		return s
	}
	tool, err := gotool.Find(ctx, cache)
	if err != nil {
		s.bad = err.Error()
	}
	s.good = fmt.Sprintf("%s in %s", tool.Version, tool.Root)
	return s
}

func examineGit() symptom {
	s := symptom{name: "git", next: "apt-get install git, brew install git, or https://git-scm.com"}
	path, err := exec.LookPath("git")
	if err != nil {
		s.bad = "not found; you need it to get and share the course, the exercises here do without"
	}
	s.good = path
	return s
}

func examineWork(dir string) symptom {
	return writable("workspaces", dir, "name another folder with --work DIR")
}

func examineCache() symptom {
	dir, err := cacheDir()
	if err != nil {
		return symptom{name: "cache", bad: err.Error(), need: true, next: "set SLIPWAY_CACHE to a folder that you may write"}
	}
	return writable("cache", dir, "set SLIPWAY_CACHE to a folder that you may write")
}

func examineTemporary() symptom {
	return writable("temporary", os.TempDir(), "set TMPDIR to a folder that you may write")
}

// writable tries to write in the nearest folder above dir that exists, and sees that there is room.
func writable(name, dir, next string) symptom {
	s := symptom{name: name, good: dir, need: true, next: next}
	f, err := os.CreateTemp(nearest(dir), ".slipway-doctor-*")
	if err != nil {
		s.bad = err.Error()
		return s
	}
	f.Close()
	os.Remove(f.Name())
	if s.bad = (store{dir: dir}).full(host.ThisMachine().Free); s.bad != "" {
		s.next = "make room there, or " + next
	}
	return s
}

func examineLoopback() symptom {
	s := symptom{name: "loopback", good: "servers can listen on 127.0.0.1", need: true, next: "see that lo is up: ip link set lo up"}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		s.bad = err.Error()
		return s
	}
	l.Close()
	return s
}

func examineDeadlines() symptom {
	s := symptom{name: "deadlines", good: "end a check with all that it started"}
	if !sandbox.KillsGroups {
		s.bad = "on " + runtime.GOOS + " a deadline ends only the command itself; what it started may go on running"
	}
	return s
}

// writtenSettings returns what go env -w has written of the settings that change what go does, each with
// the file that it stands in.
func writtenSettings() []string {
	file := os.Getenv("GOENV")
	if file == "" {
		dir, err := os.UserConfigDir()
		if err != nil {
			return nil
		}
		file = filepath.Join(dir, "go", "env")
	}
	data, err := os.ReadFile(file) // GOENV=off is no file
	if err != nil {
		return nil
	}
	var set []string
	for line := range strings.Lines(string(data)) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		if value != "" && slices.Contains([]string{"GOFLAGS", "GO111MODULE", "GOTOOLCHAIN"}, name) {
			set = append(set, fmt.Sprintf("%s=%s (in %s)", name, value, file))
		}
	}
	return set
}

// examineEnvironment names settings that differ between this terminal and a check.
func examineEnvironment() symptom {
	s := symptom{name: "settings", good: "nothing in the environment changes what go does here"}
	var set []string
	for _, name := range []string{"GOFLAGS", "GO111MODULE", "GOWORK", "GOTOOLCHAIN", "GOENV"} {
		if v := os.Getenv(name); v != "" {
			set = append(set, name+"="+v)
		}
	}
	set = append(set, writtenSettings()...)
	if set != nil {
		s.bad = strings.Join(set, " ") + ": your own go commands obey, checks and slipway shell do not"
	}
	return s
}
