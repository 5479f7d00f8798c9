package engine

import (
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/slipway-workshop/slipway/exercises/check"
	"github.com/slipway-workshop/slipway/exercises/sandbox"
)

// lostConnection is what kubectl prints when there is no API server at the other end.
var lostConnection = regexp.MustCompile(`(?m)^(The connection to the server|Unable to connect to the server|error: .*connection refused)`)

func (k *kit) kubectl(s *check.Session, neg bool, args []string) (check.Outcome, error) {
	if k.closed != "" && !slices.Contains(args, "--local") { // which asks no cluster
		return k.missing(s, neg, args)
	}
	if err := k.callKubectl(s, args); err != nil {
		return check.Outcome{}, err
	}
	return s.Ran(neg), nil
}

func (k *kit) kubectlAs(s *check.Session, neg bool, args []string) (check.Outcome, error) {
	if len(args) < 2 {
		return check.Outcome{}, errors.New("usage: [!] kubectl-as USER ARGS…")
	}
	if err := k.callKubectl(s, append([]string{"--as=" + args[0]}, args[1:]...)); err != nil {
		return check.Outcome{}, err
	}
	return s.Ran(neg), nil
}

// callKubectl runs kubectl and remembers what it printed.
func (k *kit) callKubectl(s *check.Session, args []string) error {
	shown := check.ShellLine(append([]string{"kubectl"}, args...))
	res, err := s.Run(shown, sandbox.Command{Args: append([]string{k.program("kubectl")}, args...)})
	if err != nil {
		return err
	}
	return k.reachable(s, res)
}

func (k *kit) apply(s *check.Session, neg bool, args []string) (check.Outcome, error) {
	if neg || len(args) == 0 {
		return check.Outcome{}, errors.New("usage: apply FILE…")
	}
	command := []string{"apply"}
	for _, name := range args {
		command = append(command, "-f", filepath.Join(s.Files(), filepath.FromSlash(name)))
	}
	return k.kubectl(s, false, command)
}

// run runs a program of the learner's. A script without the mark of a program is run by sh.
func (k *kit) run(s *check.Session, neg bool, args []string) (check.Outcome, error) {
	end := func() {}
	if len(args) > 0 && !strings.HasPrefix(s.Abs(args[0]), s.Files()+string(filepath.Separator)) {
		end = k.theirs.begin()
	}
	out, res, err := s.Program(neg, args)
	end()
	if err != nil {
		return out, err
	}
	if neg && res.ExitCode == 0 || !neg && res.ExitCode != 0 {
		if err := k.reachable(s, res); err != nil {
			return check.Outcome{}, err
		}
	}
	return out, nil
}

func (k *kit) node(s *check.Session, neg bool, args []string) (check.Outcome, error) {
	if len(args) < 2 {
		return check.Outcome{}, errors.New("usage: [!] node NAME ARGS…")
	}
	nodes, err := k.find(args[0])
	if err != nil {
		return check.Outcome{}, err
	}
	var all sandbox.Result
	for _, n := range nodes {
		res, err := k.cluster.Exec(s.Context(), n.Name, sandbox.Command{Args: args[1:], Merge: true})
		if err != nil {
			return check.Outcome{}, check.Fault{Err: err}
		}
		all.Stdout = append(all.Stdout, res.Stdout...)
		all.ExitCode = max(all.ExitCode, res.ExitCode)
		all.TimedOut = all.TimedOut || res.TimedOut
		all.Truncated = all.Truncated || res.Truncated
	}
	s.Remember(check.ShellLine(append([]string{"node"}, args...)), all)
	return s.Ran(neg), nil
}

// pause is how long eventually waits between two looks.
const pause = 250 * time.Millisecond

func (k *kit) eventually(s *check.Session, neg bool, args []string) (check.Outcome, error) {
	usage := errors.New("usage: eventually DURATION [!] COMMAND…")
	if neg || len(args) < 2 {
		return check.Outcome{}, usage
	}
	patience, err := time.ParseDuration(args[0])
	if err != nil {
		return check.Outcome{}, fmt.Errorf("eventually: %w", err)
	}
	rest := args[1:]
	if rest[0] == "!" {
		neg, rest = true, rest[1:]
	}
	if len(rest) == 0 {
		return check.Outcome{}, usage
	}
	for deadline := time.Now().Add(patience); ; {
		out, err := s.Do(neg, rest)
		if err != nil || len(out.Found) == 0 {
			return out, err
		}
		if time.Now().After(deadline) {
			for i := range out.Found {
				out.Found[i] += fmt.Sprintf("\n(looked for %s)", patience)
			}
			return out, nil
		}
		select {
		case <-s.Context().Done():
			return out, nil
		case <-time.After(pause):
		}
	}
}
