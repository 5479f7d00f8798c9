package check

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/slipway-workshop/slipway/exercises/sandbox"
)

const toldRequests = 5

func cmdRequested(s *Session, neg bool, args []string) (Outcome, error) {
	if len(args) != 1 {
		return Outcome{}, errors.New("usage: [!] requested REGEXP")
	}
	found, err := s.requests(args[0])
	if err != nil {
		return Outcome{}, err
	}
	switch {
	case neg && len(found) > 0:
		return Found("there were requests:\n%s", strings.Join(found[:min(len(found), toldRequests)], "\n")), nil
	case !neg && len(found) == 0:
		return Found("there was no such request"), nil
	}
	return Outcome{}, nil
}

func cmdRequests(s *Session, neg bool, args []string) (Outcome, error) {
	if neg || len(args) > 1 {
		return Outcome{}, errors.New("usage: requests [REGEXP]")
	}
	found, err := s.requests(strings.Join(args, ""))
	if err != nil {
		return Outcome{}, err
	}
	var out strings.Builder
	for _, line := range found {
		out.WriteString(line + "\n")
	}
	s.Remember(ShellLine(append([]string{"slipway", "world", "log"}, args...)), sandbox.Result{Stdout: []byte(out.String())})
	return Outcome{}, nil
}

// requests returns the lines of the world's log that match.
func (s *Session) requests(match string) ([]string, error) {
	re, err := regexp.Compile(match)
	if err != nil {
		return nil, err
	}
	var found []string
	for _, r := range s.world.Log.Requests() {
		if line := r.String(); re.MatchString(line) {
			found = append(found, line)
		}
	}
	return found, nil
}

func cmdStage(s *Session, neg bool, args []string) (Outcome, error) {
	if neg || len(args) != 1 {
		return Outcome{}, errors.New("usage: stage NUMBER")
	}
	n, err := strconv.Atoi(args[0])
	if err != nil {
		return Outcome{}, fmt.Errorf("stage: %w", err)
	}
	return Outcome{}, s.world.SetStage(n)
}
