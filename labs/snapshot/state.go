package snapshot

import (
	"cmp"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// A State is what a cluster consists of. It can be kept as JSON; it holds Secrets.
type State struct {
	Objects []Object `json:"objects"` // in the order of resource, namespace, name
}

// An Object is one object without what differs between two clusters that were made alike.
type Object struct {
	Resource  string          `json:"resource"` // such as deployments.apps
	Kind      string          `json:"kind"`
	Namespace string          `json:"namespace,omitempty"`
	Name      string          `json:"name"`
	Content   json.RawMessage `json:"content"`
	// Condition is ready or not ready for a kind that has such a thing, and ending for an object that
	// is being deleted.
	Condition string `json:"condition,omitempty"`
	// Pods are those below a workload: the digest of each one's shape, and what is wrong with it.
	Pods []string `json:"pods,omitempty"`
	// Birth is what an object gets when it is made anew, and does not count otherwise.
	Birth json.RawMessage `json:"birth,omitempty"`
}

const (
	ready    = "ready"
	notReady = "not ready"
	ending   = "ending"
	outdated = "outdated" // of a pod that has not seen what it is configured by
)

func (o Object) key() key { return key{o.Resource, o.Namespace, o.Name} }

func (o Object) String() string {
	name := o.Name
	if o.Namespace != "" {
		name = o.Namespace + "/" + o.Name
	}
	return strings.ToLower(o.Kind) + " " + name
}

// same compares all that the digest covers.
func (o Object) same(p Object) bool {
	return string(o.Content) == string(p.Content) && o.Condition == p.Condition && slices.Equal(o.Pods, p.Pods)
}

// Digest tells states apart: two are equal when their digests are.
func (s *State) Digest() string {
	h := sha256.New()
	for _, o := range s.Objects {
		fmt.Fprintf(h, "%q %q %q %s %q %q\n", o.Resource, o.Namespace, o.Name, o.Content, o.Condition, o.Pods)
	}
	return fmt.Sprintf("sha256:%x", h.Sum(nil))
}

// An Op is how an object differs from the baseline.
type Op string

const (
	Added   Op = "left over"
	Removed Op = "missing"
	Changed Op = "changed"
)

// A Change is a difference from the baseline.
type Change struct {
	Op     Op
	Object string   // such as deployment shop/web
	Fields []string // of a changed object, such as spec.replicas

	old, now *Object
}

func (c Change) String() string {
	text := string(c.Op) + ": " + c.Object
	if len(c.Fields) > 0 {
		text += " (" + strings.Join(c.Fields, ", ") + ")"
	}
	return text
}

// Diff returns how now differs from s, the baseline.
func (s *State) Diff(now *State) []Change {
	var changes []Change
	i, j := 0, 0
	for i < len(s.Objects) || j < len(now.Objects) {
		order := 0
		switch {
		case i == len(s.Objects):
			order = 1
		case j == len(now.Objects):
			order = -1
		default:
			order = s.Objects[i].key().compare(now.Objects[j].key())
		}
		switch {
		case order < 0:
			changes = append(changes, Change{Op: Removed, Object: s.Objects[i].String(), old: &s.Objects[i]})
			i++
		case order > 0:
			changes = append(changes, Change{Op: Added, Object: now.Objects[j].String(), now: &now.Objects[j]})
			j++
		default:
			if c, differs := compare(&s.Objects[i], &now.Objects[j]); differs {
				changes = append(changes, c)
			}
			i, j = i+1, j+1
		}
	}
	return changes
}

func compare(old, now *Object) (Change, bool) {
	if old.same(*now) {
		return Change{}, false
	}
	c := Change{Op: Changed, Object: now.String(), old: old, now: now}
	if string(old.Content) != string(now.Content) {
		c.Fields = append(c.Fields, fields("", decode(old.Content), decode(now.Content))...)
	}
	if old.Condition != now.Condition {
		c.Fields = append(c.Fields, cmp.Or(now.Condition, "no condition"))
	}
	if !slices.Equal(old.Pods, now.Pods) {
		c.Fields = append(c.Fields, tellPods(old.Pods, now.Pods))
	}
	return c, true
}

const maxFields = 4 // told of one object

// fields returns the paths at which two values differ.
func fields(path string, old, now any) []string {
	a, okA := old.(map[string]any)
	b, okB := now.(map[string]any)
	if !okA || !okB {
		if equalJSON(old, now) {
			return nil
		}
		return []string{path}
	}
	names := map[string]bool{}
	for name := range a {
		names[name] = true
	}
	for name := range b {
		names[name] = true
	}
	var found []string
	for _, name := range sortedKeys(names) {
		found = append(found, fields(strings.TrimPrefix(path+"."+name, "."), a[name], b[name])...)
	}
	return found[:min(len(found), maxFields)]
}

func tellPods(old, now []string) string {
	good := 0
	for _, p := range now {
		if slices.Contains(old, p) {
			good++
		}
	}
	return fmt.Sprintf("%d of %d pods as they were", good, len(old))
}

// byOrder puts namespaces first and leaves out what goes with them, for people to read.
func byOrder(changes []Change) []Change {
	gone := map[string]bool{}
	for _, c := range changes {
		if c.isNamespace() {
			gone[c.name()] = true
		}
	}
	var told []Change
	for _, c := range changes {
		if !gone[c.namespace()] {
			told = append(told, c)
		}
	}
	slices.SortStableFunc(told, func(a, b Change) int { return rank(a.isNamespace()) - rank(b.isNamespace()) })
	return told
}

func rank(first bool) int {
	if first {
		return 0
	}
	return 1
}

func (c Change) either() *Object { return cmp.Or(c.now, c.old) }

func (c Change) isNamespace() bool { return c.either().Resource == "namespaces" }
func (c Change) name() string      { return c.either().Name }
func (c Change) namespace() string { return c.either().Namespace }

// An Incomplete says that a cluster could not be brought back in time: it has to be made anew.
type Incomplete struct {
	Changes []Change // what differs from the baseline still; nil when that could not be seen
	Err     error    // what went wrong last, or that the time was over
}

const maxTold = 5

func (e *Incomplete) Error() string {
	told := byOrder(e.Changes)
	var parts []string
	for _, c := range told[:min(len(told), maxTold)] {
		parts = append(parts, c.String())
	}
	if more := len(told) - len(parts); more > 0 {
		parts = append(parts, fmt.Sprintf("%d more", more))
	}
	if len(parts) == 0 {
		return fmt.Sprintf("restore cluster: %v", e.Err)
	}
	return fmt.Sprintf("restore cluster: %s: %v", strings.Join(parts, "; "), e.Err)
}

func (e *Incomplete) Unwrap() error { return e.Err }
