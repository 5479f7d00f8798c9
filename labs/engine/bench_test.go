package engine

import (
	"strings"
	"testing"
)

// A proof tells to which state a cluster was taken back each time, and finds a cluster that is another one.
func TestFirstStates(t *testing.T) {
	b := NewBench(&Engine{})
	for _, digest := range []string{"sha256:aa", "sha256:aa", ""} { // the last is that of a learner's own
		if err := b.same("slipway-one", digest); err != nil {
			t.Error(err)
		}
	}
	if got, want := b.Summary(), "cluster slipway-one had the state sha256:aa before each of 2 trials"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if err := b.same("slipway-one", "sha256:bb"); err == nil || !strings.Contains(err.Error(), "is sha256:bb, and was sha256:aa") {
		t.Errorf("another state: error %v", err)
	}
}
