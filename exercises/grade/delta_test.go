package grade

import (
	"strings"
	"testing"
	"time"
)

func TestDelta(t *testing.T) {
	base := func() Config {
		return fakeConfig(Class{Learners: []Learner{
			{Person: Person{ID: "ada"}, Attempts: []Attempt{handIn("ada.zip", day, map[string]string{"x01": "3", "x02": "1 1"})}},
			{Person: Person{ID: "bob"}, Attempts: []Attempt{handIn("bob.zip", day, map[string]string{"x01": "4"})}},
		}}, fakeJudge{})
	}
	ada := func(c *Config) *Learner { return &c.Class.Learners[0] }
	for name, tt := range map[string]struct {
		change func(c *Config)
		want   string
	}{
		"nothing": {func(*Config) {}, ""},
		"other files": {func(c *Config) {
			ada(c).Attempts[0] = handIn("ada.zip", day, map[string]string{"x01": "8", "x02": "1 1"})
		}, "ada x01: 3 -> 8 (files changed)\n"},
		"files that change no points": {func(c *Config) {
			ada(c).Attempts[0] = handIn("ada.zip", day, map[string]string{"x01": "3 ", "x02": "1 1"})
		}, ""},
		"a newer attempt": {func(c *Config) {
			ada(c).Attempts = append(ada(c).Attempts, handIn("ada-2.zip", day.Add(time.Hour), map[string]string{"x01": "9"}))
		}, "ada x01: 3 -> 9 (a newer attempt counts: ada-2.zip)\n"},
		"handed in since": {func(c *Config) {
			c.Class.Learners[1].Attempts = append(c.Class.Learners[1].Attempts, handIn("bob-2.zip", day, map[string]string{"x02": "6 4"}))
		}, "bob x02: absent -> 10 (handed in since)\n"},
		"taken back":     {func(c *Config) { ada(c).Attempts = nil }, "ada x01: 3 -> absent (nothing is handed in for it any more)\nada x02: 2 -> absent (nothing is handed in for it any more)\n"},
		"another policy": {func(c *Config) { c.Policy = policy(t, "2026-10-24 11:00 UTC", "10%/day", "") }, "ada x01: 3 -> 2.7 (policy changed)\nada x02: 2 -> 1.8 (policy changed)\nbob x01: 4 -> 3.6 (policy changed)\n"},
		"other checks":   {func(c *Config) { c.Tasks = moreLenient(c.Tasks); c.Engine = Local{Judge: lenient{}} }, "ada x01: 3 -> 10 (checks changed)\nbob x01: 4 -> 10 (checks changed)\n"},
		"another Go":     {func(c *Config) { c.Build.Go = "go1.27"; c.Engine = Local{Judge: lenient{}} }, "ada x01: 3 -> 10 (another version of slipway or of Go judged)\nada x02: 2 -> 10 (another version of slipway or of Go judged)\nbob x01: 4 -> 10 (another version of slipway or of Go judged)\n"},
		"other limits":   {func(c *Config) { c.Build.Limits = "20s"; c.Engine = Local{Judge: lenient{}} }, "ada x01: 3 -> 10 (judged again)\nada x02: 2 -> 10 (judged again)\nbob x01: 4 -> 10 (judged again)\n"},
		"somebody new": {func(c *Config) {
			c.Class.Learners = append(c.Class.Learners, Learner{Person: Person{ID: "eve"}, Attempts: []Attempt{handIn("eve.zip", day, map[string]string{"x01": "1"})}})
		}, "eve x01: nothing -> 1 (the learner is new in the class)\n"},
		"somebody gone": {func(c *Config) { c.Class.Learners = c.Class.Learners[:1] }, "bob x01: 4 -> nothing (the learner is no longer in the class)\n"},
		"a task gone":   {func(c *Config) { c.Tasks = c.Tasks[:1] }, "ada x02: 2 -> nothing (the class is no longer graded on the task)\n"},
		"received later": {func(c *Config) {
			c.Policy = policy(t, "2026-10-24 12:00 UTC", "10%/day", "")
			ada(c).Attempts[0].Received = day.Add(time.Second)
		}, "ada x01: 3 -> 2.7 (received at another time; policy changed)\nada x02: 2 -> 1.8 (received at another time; policy changed)\n"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			before := gradeAll(t, dir, base())
			c := base()
			tt.change(&c)
			f := mustOpen(t, dir)
			defer f.Close()
			_, delta, err := f.Run(t.Context(), c)
			if err != nil {
				t.Fatal(err)
			}
			var got strings.Builder
			if err := delta.WriteText(&got); err != nil {
				t.Fatal(err)
			}
			if got.String() != tt.want || delta.First {
				t.Errorf("delta:\n%swant:\n%s", got.String(), tt.want)
			}
			if after := gradebookBytes(t, dir); after != string(before) {
				t.Error("the gradebook was written before anybody accepted it")
			}
		})
	}
}

// After a fault the cell comes back, and the delta says so.
func TestDeltaOfUnjudged(t *testing.T) {
	dir := t.TempDir()
	class := oneLearner(handIn("ada.zip", day, map[string]string{"x01": "3"}))
	gradeAll(t, dir, fakeConfig(class, fakeJudge{func(Item) error { return errFault }}))
	f := mustOpen(t, dir)
	defer f.Close()
	_, delta, err := f.Run(t.Context(), fakeConfig(class, fakeJudge{}))
	if err != nil || len(delta.Changes) != 1 || delta.Changes[0].Why[0] != "judged since" || delta.Changes[0].Old.String() != "unjudged" {
		t.Errorf("delta %+v, %v", delta, err)
	}
}
