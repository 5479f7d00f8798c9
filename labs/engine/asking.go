package engine

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/slipway-workshop/slipway/exercises/check"
	"github.com/slipway-workshop/slipway/exercises/sandbox"
)

// toldEvents is how many events a finding quotes at the most.
const toldEvents = 5

func (k *kit) events(s *check.Session, neg bool, args []string) (check.Outcome, error) {
	o, rest, err := cutObject(args)
	if err != nil {
		return check.Outcome{}, err
	}
	if len(rest) != 1 {
		return check.Outcome{}, errors.New("usage: [!] events KIND/NAME [-n NAMESPACE] REGEXP")
	}
	re, err := regexp.Compile(rest[0])
	if err != nil {
		return check.Outcome{}, err
	}
	said, err := k.eventsAbout(s, o)
	if err != nil {
		return check.Outcome{}, err
	}
	matching := ""
	for _, text := range said {
		if re.MatchString(text) {
			matching = text
		}
	}
	switch {
	case neg && matching != "":
		return check.Found("%s has the event %s", o, matching), nil
	case !neg && matching == "" && len(said) == 0:
		return check.Found("%s has no events", o), nil
	case !neg && matching == "":
		return check.Found("%s has the events\n  %s", o, strings.Join(said[max(0, len(said)-toldEvents):], "\n  ")), nil
	}
	return check.Outcome{}, nil
}

// eventsAbout returns "reason: message" of the events about an object, the latest last.
func (k *kit) eventsAbout(s *check.Session, o object) ([]string, error) {
	_, name, _ := strings.Cut(o.name, "/")
	args := []string{k.program("kubectl"), "get", "events", "-o", "json", "--sort-by=.lastTimestamp", "--field-selector=involvedObject.name=" + name}
	if o.namespace != "" {
		args = append(args, "-n", o.namespace)
	}
	res, err := sandbox.Run(s.Context(), sandbox.Command{Args: args, Env: s.Env(), Dir: s.Abs(".")})
	if err != nil {
		return nil, err
	}
	if res.ExitCode != 0 {
		if err := k.reachable(s, sandbox.Result{ExitCode: res.ExitCode, Stdout: res.Stderr}); err != nil {
			return nil, err
		}
		return nil, fmt.Errorf("get events of %s: %s", o, strings.TrimSpace(string(res.Stderr)))
	}
	var list struct {
		Items []struct{ Reason, Message string }
	}
	if err := json.Unmarshal(res.Stdout, &list); err != nil {
		return nil, fmt.Errorf("read events of %s: %w", o, err)
	}
	var said []string
	for _, e := range list.Items {
		said = append(said, e.Reason+": "+e.Message)
	}
	return said, nil
}

func (k *kit) canI(s *check.Session, neg bool, args []string) (check.Outcome, error) {
	if len(args) < 2 {
		return check.Outcome{}, errors.New("usage: [!] can-i VERB RESOURCE [-n NAMESPACE] [--as USER] [--subresource NAME]")
	}
	if err := k.callKubectl(s, append([]string{"auth", "can-i"}, args...)); err != nil {
		return check.Outcome{}, err
	}
	return s.Ran(neg), nil
}
