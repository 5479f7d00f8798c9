package engine

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestMeterCountsTimeOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &meter{}
		first := m.begin()
		time.Sleep(time.Second)
		second := m.begin()
		time.Sleep(time.Second)
		first()
		first() // once more changes nothing
		time.Sleep(time.Second)
		second()
		time.Sleep(time.Minute)
		end := m.begin()
		time.Sleep(time.Second)
		end()
		if got := m.spent(); got != 4*time.Second {
			t.Errorf("spent %s, want 4s", got)
		}
	})
}

func TestTimesTellTheEnginesOwnPartOfChecks(t *testing.T) {
	b := NewBench(&Engine{})
	b.took("check", 30*time.Second)
	b.took(stepOwn, 4*time.Second)
	want := "1 checks: median 30.0 s, 95th percentile 30.0 s, longest 30.0 s\n" +
		"1 checks without the learner's programs: median 4.0 s, 95th percentile 4.0 s, longest 4.0 s"
	if got := b.Summary(); got != want {
		t.Errorf("times are told as\n%s\nwant\n%s", got, want)
	}
	if strings.Contains(NewBench(&Engine{}).Summary(), "check") {
		t.Error("checks are told where there were none")
	}
}
