package kind

import (
	"strings"
	"testing"
	"time"
)

// TestDecide reads what is found as words: NAME or NAME:STATE, with ! for a container that was started
// anew since it was last seen Ready, and ? for one that is not on record.
func TestDecide(t *testing.T) {
	whole := &record{Image: "node:1", Whole: true, Nodes: []member{on("a"), on("b")}}
	for _, test := range []struct {
		name   string
		record *record
		found  string
		image  string
		want   action
		why    string
	}{
		{"nothing was ever made", nil, "", "node:1", create, ""},
		{"all containers were removed", whole, "", "node:1", create, ""},
		{"a making was cut short before the first container", &record{}, "", "node:1", create, ""},
		{"a making was cut short", &record{Image: "node:1"}, "a?", "node:1", recreate, "cut short"},
		{"somebody else's", nil, "a?", "node:1", refuse, "no record"},
		{"somebody else's of the same name, after ours was removed", whole, "a? b?", "node:1", refuse, "node a"},
		{"a container more than ours", whole, "a b c?", "node:1", refuse, "node c"},
		{"as it was left", whole, "a b", "node:1", keep, ""},
		{"another image", whole, "a b", "node:2", recreate, "node:1, which is now node:2"},
		{"another image, stopped", whole, "a:exited b:exited", "node:2", recreate, "node:2"},
		{"a node was removed", whole, "a", "node:1", recreate, "node b is gone"},
		{"a node was removed, the other stopped", whole, "b:exited", "node:1", recreate, "node a is gone"},
		{"the engine started it anew", whole, "a! b!", "node:1", resume, ""},
		{"one node was restarted", whole, "a b!", "node:1", resume, ""},
		{"stopped", whole, "a:exited b:exited", "node:1", resume, ""},
		{"stopped in part", whole, "a! b:exited", "node:1", resume, ""},
		{"podman's word for it", whole, "a:stopped b:stopped", "node:1", resume, ""},
		{"paused", whole, "a:paused b", "node:1", resume, ""},
		{"the engine is at it", whole, "a b:restarting", "node:1", resume, ""},
		{"dead", whole, "a:exited b:dead", "node:1", recreate, "node b is dead"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := decide(test.record, parseFound(test.found), test.image)
			if got.do != test.want || !strings.Contains(got.why, test.why) {
				t.Errorf("decide = %d %q, want %d %q", got.do, got.why, test.want, test.why)
			}
		})
	}
}

var began = time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)

func on(name string) member { return member{ID: "id-" + name, Name: name, Started: began} }

func parseFound(words string) []container {
	var all []container
	for _, w := range strings.Fields(words) {
		name, state, ok := strings.Cut(w, ":")
		if !ok {
			state = "running"
		}
		c := container{Name: strings.TrimRight(name, "!?"), State: state, Started: began}
		c.ID = "id-" + c.Name
		if strings.HasSuffix(name, "?") {
			c.ID = "id-of-a-stranger"
		}
		if strings.HasSuffix(name, "!") || state != "running" {
			c.Started = began.Add(time.Hour)
		}
		all = append(all, c)
	}
	return all
}
