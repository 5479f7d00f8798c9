package report

import (
	"slices"

	"github.com/slipway-workshop/slipway/exercises/grade"
)

// figures are what is told of a list of points.
type figures struct {
	Count        int
	Mean, Median string // a dash where there are no points
}

func figuresOf(points []float64) figures {
	if len(points) == 0 {
		return figures{0, "–", "–"}
	}
	sorted := slices.Sorted(slices.Values(points))
	sum := 0.0
	for _, p := range sorted {
		sum += p
	}
	n := len(sorted)
	median := sorted[n/2]
	if n%2 == 0 {
		median = (sorted[n/2-1] + sorted[n/2]) / 2
	}
	return figures{n, number(sum / float64(n)), number(median)}
}

// pointsOf are the points of graded work for a task.
func pointsOf(g *grade.Gradebook, task int) []float64 {
	var list []float64
	for _, row := range g.Learners {
		if c := row.Cells[task]; c.State == grade.Graded {
			list = append(list, c.Points)
		}
	}
	return list
}

// totals are the sums of the learners who handed something in and whose work is all judged.
func totals(g *grade.Gradebook) []float64 {
	var list []float64
	for _, row := range g.Learners {
		if row.Complete && tallyOf(row).graded > 0 {
			list = append(list, row.Points)
		}
	}
	return list
}

// A bar of a histogram. Width is of 100.
type bar struct {
	Label string
	Count int
	Width int
}

// histogram counts the learners by the part of the points that they have for a task. Who handed in nothing and who is
// not judged have bars of their own, since neither has points.
func histogram(g *grade.Gradebook, task int) []bar {
	bars := []bar{{Label: "0 %"}, {Label: "1–24 %"}, {Label: "25–49 %"}, {Label: "50–74 %"}, {Label: "75–99 %"}, {Label: "100 %"}, {Label: "not handed in"}, {Label: "not judged"}}
	for _, row := range g.Learners {
		c := row.Cells[task]
		i := band(c.Points, float64(most(g.Tasks[task])))
		switch c.State {
		case grade.Absent:
			i = 6
		case grade.Unjudged:
			i = 7
		}
		bars[i].Count++
	}
	for i := range bars {
		bars[i].Width = bars[i].Count * 100 / max(1, len(g.Learners))
		if bars[i].Count > 0 {
			bars[i].Width = max(1, bars[i].Width)
		}
	}
	return bars
}

func band(points, most float64) int {
	switch {
	case points <= 0:
		return 0
	case points >= most:
		return 5
	}
	return 1 + int(4*points/most)
}
