package report_test

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/slipway-workshop/slipway/exercises/grade"
	"github.com/slipway-workshop/slipway/exercises/isolation"
	"github.com/slipway-workshop/slipway/exercises/verdict"
)

// people are learners whose names try every form. Those after them are plain.
var people = []grade.Row{
	{ID: "ana", Name: "Ana Horvat", Email: "ana@school.test"},
	{ID: "=cmd|'/c calc'!A1", Name: "=cmd|' /C calc'!A0", Email: "=1+1@school.test"},
	{ID: "../Wang Wei", Name: "王小明，\"阿明\"", Email: "wang@school.test"},
	{ID: "<script>", Name: "<script>alert(1)</script> [x](https://evil.test) www.evil.test a@evil.test @team #1", Email: "s@school.test"},
	{ID: "::error::x", Name: "::error title=x::pwned\n##[error]y `` | %0A", Email: "e@school.test"},
	{ID: "rtl", Name: "محمد \u202eسالم\u202c abc \x1b[31mred\x07 \xff", Email: ""},
	{ID: "O'Neil, Pat", Name: "O'Neil, \"Pat\"\nsecond line; =SUM(A1)", Email: "pat@school.test"},
	{ID: "long", Name: strings.Repeat("Maximiliana ", 25), Email: "long@school.test"},
}

var tasks = []grade.Column{
	{ID: "lab-1", Title: "A pod that waits", Digest: "sha256:11", Max: 10, Checks: []grade.Check{
		{ID: "10-ready", Title: "The pod is ready", Max: 10},
	}},
	{ID: "x01", Title: "Pins, \"exact\"", Digest: "sha256:22", Max: 6, Hidden: 4, Checks: []grade.Check{
		{ID: "10-pins", Title: "The versions are pinned", Max: 4}, {ID: "20-builds", Title: "The program builds", Max: 2},
		{ID: "90-other", Title: "It holds for other versions", Max: 4, Hidden: true},
	}},
	{ID: "x06", Title: "Predict a build list", Digest: "sha256:33", Max: 8, Hidden: 2, Checks: []grade.Check{
		{ID: "10-answer", Title: "The prediction is right", Max: 4}, {ID: "20-builds", Title: "The program builds", Max: 4},
		{ID: "10-answer", Title: "The prediction is right for a second graph", Max: 2, Hidden: true},
	}},
}

// class is a gradebook of n learners in which, from eight learners on, every state stands somewhere.
func class(n int) *grade.Gradebook {
	due := time.Date(2026, 10, 2, 23, 59, 0, 0, time.FixedZone("", 2*3600))
	iso := isolation.Achieved{Backend: "bubblewrap", Files: "A", Network: "A", Processes: "A", Memory: "B", Disk: "B"}
	g := &grade.Gradebook{
		Version: grade.GradebookVersion, Course: "sha256:c0ffee", Slipway: "v0.9.0", Go: "go1.26.8", Hidden: "sha256:5ec2e7",
		Policy: grade.Policy{Due: &due, PerDay: 0.1, AtMost: 0.5, Attempts: "best"}, Isolation: iso, Tasks: tasks,
		Problems: []grade.Problem{
			{Submission: "bomb.zip", What: "holds 4 GiB in 40 KB", Next: "ask for another archive"},
			{Submission: "=x::error::.zip", Learner: "<script>", Task: "x01", What: "checks.txtar differs from the course's; the course's was used\n::warning::no"},
		},
	}
	for i := range n {
		row := grade.Row{ID: fmt.Sprintf("s%03d", i), Name: fmt.Sprintf("%s %d", []string{"Kofi Mensah", "李雷", "Zoë Ångström", "Иван Петров"}[i%4], i), Email: fmt.Sprintf("s%03d@school.test", i)}
		if i < len(people) {
			row = people[i]
		}
		row.OnRoster, row.Complete = i != 5, true
		for j, col := range tasks {
			c := cell(col, (i+3*j+i*j)%9)
			if c.State == grade.Graded {
				c.Submission, c.Attempts, c.Received = row.ID+".zip", 1+i%3, new(due.Add(time.Duration(i-4)*20*time.Hour))
				c.Key, c.Isolation = fmt.Sprintf("%064x", i*8+j), iso.String()
				if i == 1 {
					c.Flags = []string{"checks.txtar in the submission differs: ignored"}
				}
			}
			row.Points += c.Points
			row.Max += col.Max + col.Hidden
			row.Complete = row.Complete && c.State != grade.Unjudged
			row.Cells = append(row.Cells, c)
		}
		row.Points = math.Round(row.Points*100) / 100
		g.Learners = append(g.Learners, row)
	}
	return g
}

const (
	allPass = iota
	absent
	unjudged
	publicAlone
	hiddenFails
	failsLate
	oneBlocked
	nothingRight
	faultInCheck
)

// cell is what stands for a task in one of the ways above.
func cell(col grade.Column, way int) grade.Cell {
	c := grade.Cell{State: grade.Graded, Status: verdict.Pass, Public: grade.Score{Max: col.Max}, Hidden: grade.Score{Max: col.Hidden}, HiddenRun: way != publicAlone && col.Hidden > 0}
	switch way {
	case absent:
		return grade.Cell{State: grade.Absent, Public: c.Public, Hidden: c.Hidden}
	case unjudged:
		return grade.Cell{State: grade.Unjudged, Status: verdict.Error, Public: c.Public, Hidden: c.Hidden, Attempts: 1, Flags: []string{"the node went away three times"}}
	}
	for n, check := range col.Checks {
		if check.Hidden && way == publicAlone {
			continue
		}
		v := verdict.Check{ID: check.ID, Title: check.Title, Max: check.Max, Hidden: check.Hidden, Status: verdict.Pass}
		switch {
		case way == nothingRight, way == hiddenFails && check.Hidden, way == failsLate && n == 0, way == oneBlocked && n == 0:
			v.Status = verdict.Fail
			v.Findings = []verdict.Finding{finding(check.Hidden)}
		case way == oneBlocked && n == 1:
			v.Status, v.WaitsFor = verdict.Blocked, []string{col.Checks[0].Title}
		}
		if way == faultInCheck && n == len(col.Checks)-1 {
			v.Status, v.Fault = verdict.Error, "listen on the loopback: no address"
			if v.Hidden {
				v.Fault = "SECRET of the hidden check"
			}
		}
		score := &c.Public
		if check.Hidden {
			score = &c.Hidden
		}
		if v.Status == verdict.Pass {
			v.Points = v.Max
			score.Points += v.Max
		} else {
			c.Status = verdict.Fail
		}
		c.Checks = append(c.Checks, v)
	}
	if way == faultInCheck {
		c.State, c.Status = grade.Unjudged, verdict.Error
		return c
	}
	c.Points = float64(c.Public.Points + c.Hidden.Points)
	if way == failsLate {
		c.DaysLate = 2
		c.Points = float64((c.Public.Points+c.Hidden.Points)*80) / 100
	}
	return c
}

func finding(hidden bool) verdict.Finding {
	f := verdict.Finding{
		Expected: "the program in app builds", Why: "A build that fails for you fails for everyone.", Next: "go build ./...",
		Actual: "go build ./... exits 1:\nc.go:5:2: undefined: <script>alert(1)</script>\n\x1b[2J::error::from the program \u202e ]]> &amp; " + strings.Repeat("x", 90),
		At:     "checks.txtar:31",
	}
	if hidden {
		f.Expected, f.Actual = "SECRET of the hidden check", "SECRET of the hidden check"
	}
	return f
}
