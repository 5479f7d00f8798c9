package grade

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

func policy(t *testing.T, due, late, most string) Policy {
	t.Helper()
	p := Policy{Attempts: Best}
	if err := p.ParseDue(due); err != nil {
		t.Fatal(err)
	}
	if late != "" {
		if err := p.ParseLate(late); err != nil {
			t.Fatal(err)
		}
	}
	if most != "" {
		if err := p.ParseLateMax(most); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.Validate(); err != nil {
		t.Fatal(err)
	}
	return p
}

func TestLateness(t *testing.T) {
	const berlin = "2026-10-24 23:59 Europe/Berlin" // clocks go back in the night: the next day has 25 hours
	const spring = "2026-03-28 23:59 Europe/Berlin" // clocks go forward: it has 23
	for _, tt := range []struct {
		due, late, most, received string
		points, days, hundredths  int
	}{
		{berlin, "10%/day", "", "2026-10-24T23:59:00+02:00", 15, 0, 1500},
		{berlin, "10%/day", "", "2026-10-24T21:59:00Z", 15, 0, 1500},
		{berlin, "10%/day", "", "2026-10-25T05:59:00+08:00", 15, 0, 1500},
		{berlin, "10%/day", "", "2026-10-24T23:59:00.000000001+02:00", 15, 1, 1350},
		{berlin, "10%/day", "", "2026-10-25T22:59:00Z", 15, 1, 1350}, // 25 hours later the clock shows 23:59
		{berlin, "10%/day", "", "2026-10-25T22:59:01Z", 15, 2, 1200},
		{berlin, "10%/day", "50%", "2026-10-29T22:59:01Z", 15, 6, 750},
		{berlin, "10%/day", "", "2026-11-03T22:59:00Z", 15, 10, 0},
		{berlin, "10%/day", "", "2027-11-03T22:59:00Z", 15, 375, 0},
		{berlin, "10%/day", "", "2426-10-24T22:00:00Z", 15, 146098, 0},
		{berlin, "", "", "2026-10-27T00:00:00Z", 15, 3, 1500},
		{berlin, "100%/day", "", "2026-10-25T00:00:00Z", 15, 1, 0},
		{spring, "10%/day", "", "2026-03-29T21:59:00Z", 15, 1, 1350}, // 23 hours later
		{spring, "10%/day", "", "2026-03-29T21:59:01Z", 15, 2, 1200},
		{"2026-10-24T23:59:00+08:00", "10%/day", "", "2026-10-25T15:59:00Z", 10, 1, 900}, // an offset knows no summer
		{"2026-10-24 23:59 Asia/Shanghai", "10%/day", "", "2026-10-25T15:59:01Z", 10, 2, 800},
		{"2026-10-24 23:59 Asia/Kathmandu", "10%/day", "", "2026-10-24T18:14:01Z", 10, 1, 900},
		{"2026-02-28 12:00 UTC", "10%/day", "", "2026-03-01T12:00:00Z", 10, 1, 900},
		{"2026-10-24 12:00:30 UTC", "33.33%/day", "", "2026-10-24T12:00:31Z", 1, 1, 67},
		{"2026-10-24 12:00 UTC", "12.5%/day", "", "2026-10-24T13:00:00Z", 1, 1, 88}, // 87.5: half a hundredth goes up
		{"2026-10-24 12:00 UTC", "0.25%/day", "", "2026-10-24T13:00:00Z", 1, 1, 100},
		{"2026-10-24 12:00 UTC", "10%/day", "", "2026-10-26T13:00:00Z", 0, 3, 0},
	} {
		p := policy(t, tt.due, tt.late, tt.most)
		received, err := time.Parse(time.RFC3339, tt.received)
		if err != nil {
			t.Fatal(err)
		}
		days := p.DaysLate(received)
		if got := p.hundredths(tt.points, days); days != tt.days || got != tt.hundredths {
			t.Errorf("due %s, %s, at most %q, received %s: %d days and %d hundredths of %d points, want %d and %d",
				tt.due, tt.late, tt.most, tt.received, days, got, tt.points, tt.days, tt.hundredths)
		}
		data, err := json.Marshal(p)
		var read Policy
		if err != nil || json.Unmarshal(data, &read) != nil || read.DaysLate(received) != days || !read.equal(p) {
			t.Errorf("the policy comes back as another one from %s", data)
		}
	}
}

func TestBadPolicies(t *testing.T) {
	var p Policy
	for _, due := range []string{"", "tomorrow", "2026-10-24", "2026-10-24 23:59", "2026-10-24 23:59 Local", "2026-10-24 23:59 Europe/Bonn", "2026-13-24 23:59 UTC", "24.10.2026 23:59 UTC"} {
		if err := p.ParseDue(due); err == nil || !strings.Contains(err.Error(), "write 2026") {
			t.Errorf("ParseDue(%q): %v", due, err)
		}
	}
	for _, late := range []string{"", "10", "10%", "10/day", "-1%/day", "101%/day", "NaN%/day", "ten%/day", "10%/week"} {
		if err := p.ParseLate(late); err == nil {
			t.Errorf("ParseLate(%q) gives no error", late)
		}
	}
	if err := p.ParseLateMax("0%"); err == nil {
		t.Error("at most nothing gives no error")
	}
	for _, bad := range []Policy{{}, {Attempts: "first"}, {Attempts: Best, PerDay: 0.1}, {Attempts: Best, PerDay: 2, Due: new(day)}, {Attempts: Best, AtMost: -1}, {Attempts: Best, Zone: "Europe/Bonn"}} {
		if err := bad.Validate(); err == nil {
			t.Errorf("%+v is valid", bad)
		}
	}
}

func TestAttempts(t *testing.T) {
	at := func(hours int) time.Time { return day.Add(time.Duration(hours) * time.Hour) }
	x01 := func(points string) map[string]string { return map[string]string{"x01": points} }
	fault := func(item Item) error {
		if strings.HasSuffix(firstFile(item), "fault") {
			return errFault
		}
		return nil
	}
	for name, tt := range map[string]struct {
		attempts []Attempt
		best     string // submission, points, and an ! where the sum is not final
		last     string
	}{
		"one":                        {[]Attempt{handIn("a", at(0), x01("3"))}, "a 3", "a 3"},
		"the first is better":        {[]Attempt{handIn("a", at(0), x01("9")), handIn("b", at(0), x01("3"))}, "a 9", "b 3"},
		"equal":                      {[]Attempt{handIn("a", at(0), x01("5 ")), handIn("b", at(0), x01("5"))}, "a 5", "b 5"},
		"late and better":            {[]Attempt{handIn("a", at(0), x01("5")), handIn("b", at(1), x01("6"))}, "b 5.4", "b 5.4"},
		"late and no longer better":  {[]Attempt{handIn("a", at(0), x01("6")), handIn("b", at(25), x01("7"))}, "a 6", "b 5.6"},
		"the last lacks the task":    {[]Attempt{handIn("a", at(0), x01("6")), handIn("b", at(0), map[string]string{"x02": "6"})}, "a 6", "a 6"},
		"a fault":                    {[]Attempt{handIn("a", at(0), x01("5 fault"))}, "a unjudged!", "a unjudged!"},
		"a fault, and the best full": {[]Attempt{handIn("a", at(0), x01("5 fault")), handIn("b", at(0), x01("10"))}, "b 10", "b 10"},
		"a fault may be better":      {[]Attempt{handIn("a", at(0), x01("5")), handIn("b", at(0), x01("7 fault"))}, "a 5!", "b unjudged!"},
		"an old fault":               {[]Attempt{handIn("a", at(0), x01("7 fault")), handIn("b", at(0), x01("5"))}, "b 5!", "b 5"},
	} {
		for policyName, want := range map[string]string{Best: tt.best, Last: tt.last} {
			t.Run(name+" "+policyName, func(t *testing.T) {
				c := fakeConfig(oneLearner(tt.attempts...), faultyNumbers{fakeJudge{fault}})
				c.Policy = policy(t, "2026-10-24 12:00 UTC", "10%/day", "")
				c.Policy.Attempts = policyName
				f := mustOpen(t, t.TempDir())
				defer f.Close()
				book, _, err := f.Run(t.Context(), c)
				if err != nil {
					t.Fatal(err)
				}
				row := book.Learners[0]
				cell := row.Cells[0]
				got := cell.Submission + " " + cell.mark().String()
				if !row.Complete {
					got += "!"
				}
				if got != want {
					t.Errorf("got %s, want %s", got, want)
				}
				if row.Points != cell.Points+row.Cells[1].Points {
					t.Errorf("the sum is %g", row.Points)
				}
			})
		}
	}
}
