package engine

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/slipway-workshop/slipway/exercises/check"
	"github.com/slipway-workshop/slipway/exercises/sandbox"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/client-go/util/jsonpath"
)

// An object is what a script calls kind/name, with its namespace.
type object struct{ name, namespace string }

func (o object) args() []string {
	if o.namespace == "" {
		return []string{o.name}
	}
	return []string{o.name, "-n", o.namespace}
}

func (o object) String() string {
	if o.namespace == "" {
		return o.name
	}
	return o.name + " in " + o.namespace
}

// cutObject reads KIND/NAME and -n NAMESPACE, which may stand anywhere after it.
func cutObject(args []string) (object, []string, error) {
	if len(args) == 0 || !strings.Contains(args[0], "/") {
		return object{}, nil, errors.New("an object is named kind/name, such as deployment/web")
	}
	o, rest := object{name: args[0]}, slices.Clone(args[1:])
	if at := slices.Index(rest, "-n"); at >= 0 {
		if at+1 >= len(rest) {
			return object{}, nil, errors.New("-n is followed by a namespace")
		}
		o.namespace = rest[at+1]
		rest = slices.Delete(rest, at, at+2)
	}
	return o, rest, nil
}

func (k *kit) field(s *check.Session, neg bool, args []string) (check.Outcome, error) {
	o, rest, err := cutObject(args)
	if err != nil {
		return check.Outcome{}, err
	}
	if len(rest) != 1 && len(rest) != 3 {
		return check.Outcome{}, errors.New("usage: [!] field KIND/NAME [-n NAMESPACE] JSONPATH [OP VALUE]")
	}
	path := rest[0]
	doc, found, err := k.get(s, o)
	if err != nil || len(found.Found) > 0 {
		if neg && err == nil && len(rest) == 1 {
			return check.Outcome{}, nil // an object that is not there has no field
		}
		return found, err
	}
	values, err := fieldValues(doc, path)
	if err != nil {
		return check.Outcome{}, err
	}
	if len(rest) == 1 {
		return judgePresence(o, path, values, neg), nil
	}
	return judgeField(o, path, values, rest[1], rest[2], neg)
}

// get returns an object as decoded JSON, or an outcome that says why there is none.
func (k *kit) get(s *check.Session, o object) (any, check.Outcome, error) {
	args := append(append([]string{"get"}, o.args()...), "-o", "json")
	shown := check.ShellLine(append([]string{"kubectl", "get"}, o.args()...))
	// The two outputs apart: a warning of the API server is not part of the object.
	res, err := sandbox.Run(s.Context(), sandbox.Command{Args: append([]string{k.program("kubectl")}, args...), Env: s.Env(), Dir: s.Abs(".")})
	if err != nil {
		return nil, check.Outcome{}, err
	}
	if res.ExitCode != 0 {
		s.Remember(shown, sandbox.Result{Stdout: res.Stderr, ExitCode: res.ExitCode, TimedOut: res.TimedOut})
		if err := k.reachable(s, sandbox.Result{Stdout: res.Stderr, ExitCode: res.ExitCode}); err != nil {
			return nil, check.Outcome{}, err
		}
		return nil, s.Ran(false), nil
	}
	var doc any
	dec := json.NewDecoder(bytes.NewReader(res.Stdout))
	if err := dec.Decode(&doc); err != nil {
		return nil, check.Outcome{}, fmt.Errorf("read %s: %w", o, err)
	}
	return doc, check.Outcome{}, nil
}

// fieldValues returns what a JSONPath of kubectl finds in an object, as texts.
func fieldValues(doc any, path string) ([]string, error) {
	p := jsonpath.New("field").AllowMissingKeys(true)
	if err := p.Parse(path); err != nil {
		return nil, fmt.Errorf("JSONPath %s: %w", path, err)
	}
	results, err := p.FindResults(doc)
	if err != nil {
		return nil, nil // a path into something that is not there finds nothing
	}
	var values []string
	for _, set := range results {
		for _, v := range set {
			if v.CanInterface() && v.Interface() == nil {
				continue
			}
			var b bytes.Buffer
			if err := p.PrintResults(&b, []reflect.Value{v}); err != nil {
				return nil, fmt.Errorf("JSONPath %s: %w", path, err)
			}
			values = append(values, b.String())
		}
	}
	return values, nil
}

func judgePresence(o object, path string, values []string, neg bool) check.Outcome {
	switch {
	case neg && len(values) > 0:
		return check.Found("%s has %s: %s", o, path, strings.Join(values, ", "))
	case !neg && len(values) == 0:
		return check.Found("%s has no %s", o, path)
	}
	return check.Outcome{}
}

// judgeField compares every value that was found; none at all compares as false.
func judgeField(o object, path string, values []string, op, want string, neg bool) (check.Outcome, error) {
	holds := len(values) > 0
	for _, v := range values {
		ok, err := compare(v, op, want)
		if err != nil {
			return check.Outcome{}, err
		}
		holds = holds && ok
	}
	if holds != neg {
		return check.Outcome{}, nil
	}
	if len(values) == 0 {
		return check.Found("%s has no %s", o, path), nil
	}
	return check.Found("%s has %s %s", o, path, strings.Join(values, ", ")), nil
}

// compare compares two values as quantities where both are, and as texts otherwise.
func compare(have, op, want string) (bool, error) {
	if op == "matches" {
		re, err := regexp.Compile(want)
		return err == nil && re.MatchString(have), err
	}
	order := strings.Compare(have, want)
	a, errA := resource.ParseQuantity(have)
	b, errB := resource.ParseQuantity(want)
	if errA == nil && errB == nil {
		order = a.Cmp(b)
	}
	switch op {
	case "=":
		return order == 0, nil
	case "!=":
		return order != 0, nil
	case "<":
		return order < 0, nil
	case "<=":
		return order <= 0, nil
	case ">":
		return order > 0, nil
	case ">=":
		return order >= 0, nil
	}
	return false, fmt.Errorf("unknown comparison %q: use = != < <= > >= or matches", op)
}
