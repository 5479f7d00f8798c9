package grade

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // zones by name also where the system has no list of them
)

// Values of Policy.Attempts.
const (
	Best = "best" // the attempt with the most points after lateness; of equal ones the first
	Last = "last" // the attempt received last
)

// ParseDue reads a due time with its zone: 2026-10-24T23:59:00+02:00, or 2026-10-24 23:59 Europe/Berlin. A time
// without a zone would depend on the machine that grades.
func (p *Policy) ParseDue(text string) error {
	if at, err := time.Parse(time.RFC3339, text); err == nil {
		p.Due, p.Zone = &at, ""
		return nil
	}
	clock, zone, ok := cutLast(text, " ")
	if loc, err := time.LoadLocation(zone); ok && err == nil && zone != "" && zone != "Local" {
		for _, form := range []string{"2006-01-02 15:04", "2006-01-02T15:04", "2006-01-02 15:04:05", "2006-01-02T15:04:05"} {
			if at, err := time.ParseInLocation(form, strings.TrimSpace(clock), loc); err == nil {
				p.Due, p.Zone = &at, zone
				return nil
			}
		}
	}
	return fmt.Errorf("due time %q: it is no time with a zone: write 2026-10-24T23:59:00+02:00, or '2026-10-24 23:59 Europe/Berlin'", text)
}

func cutLast(s, sep string) (before, after string, ok bool) {
	at := strings.LastIndex(s, sep)
	if at < 0 {
		return s, "", false
	}
	return s[:at], s[at+len(sep):], true
}

// ParseLate reads what each begun day takes: 10%/day.
func (p *Policy) ParseLate(text string) (err error) {
	part, ok := strings.CutSuffix(text, "/day")
	if !ok {
		return fmt.Errorf("late policy %q: write it as 10%%/day", text)
	}
	p.PerDay, err = parsePart(part)
	return err
}

// ParseLateMax reads the most that lateness takes: 50%.
func (p *Policy) ParseLateMax(text string) (err error) {
	p.AtMost, err = parsePart(text)
	if err == nil && p.AtMost == 0 {
		return fmt.Errorf("part %q: where lateness takes nothing, leave out what each day takes", text)
	}
	return err
}

// parsePart reads a part in percent, to a hundredth of a percent.
func parsePart(text string) (float64, error) {
	number, ok := strings.CutSuffix(strings.TrimSpace(text), "%")
	percent, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	if !ok || err != nil || !(percent >= 0 && percent <= 100) {
		return 0, fmt.Errorf("part %q: write a number from 0%% to 100%%", text)
	}
	return math.Round(percent*100) / 10_000, nil
}

// Validate says what is wrong with a policy.
func (p Policy) Validate() error {
	switch {
	case p.Attempts != Best && p.Attempts != Last:
		return fmt.Errorf("policy: attempts are %q: write best or last", p.Attempts)
	case !(p.PerDay >= 0 && p.PerDay <= 1) || !(p.AtMost >= 0 && p.AtMost <= 1):
		return fmt.Errorf("policy: lateness takes %v a day and %v at the most: these are parts from 0 to 1", p.PerDay, p.AtMost)
	case p.PerDay > 0 && p.Due == nil:
		return fmt.Errorf("policy: lateness takes points, and there is no due time: add --due '2026-10-24 23:59 Europe/Berlin'")
	}
	if _, err := time.LoadLocation(p.Zone); err != nil {
		return fmt.Errorf("policy: %w", err)
	}
	return nil
}

// deadline returns the end of the n-th day after the due time. A day ends when clocks in the zone of the due time show
// the same again: where they are set back in between, it has 25 hours.
func (p Policy) deadline(n int) time.Time {
	due := *p.Due
	if loc, err := time.LoadLocation(p.Zone); err == nil && p.Zone != "" { // a gradebook that was read has the offset only
		due = due.In(loc)
	}
	return due.AddDate(0, 0, n)
}

// DaysLate returns how many days have begun after the due time. What arrives at the due time is in time.
func (p Policy) DaysLate(received time.Time) int {
	if p.Due == nil || !received.After(*p.Due) {
		return 0
	}
	n := max(1, int(received.Sub(*p.Due)/(25*time.Hour)))
	for received.After(p.deadline(n)) {
		n++
	}
	return n
}

// taken returns the part that lateness takes, in hundredths of a percent.
func (p Policy) taken(days int) int {
	most := 10_000
	if p.AtMost > 0 {
		most = int(math.Round(p.AtMost * 10_000))
	}
	perDay := int(math.Round(p.PerDay * 10_000))
	if perDay == 0 {
		return 0
	}
	return min(most, perDay*min(days, 10_000))
}

// hundredths returns points after lateness, in hundredths of a point. Half a hundredth becomes a whole one.
func (p Policy) hundredths(points, days int) int {
	return (points*100*(10_000-p.taken(days)) + 5_000) / 10_000
}
