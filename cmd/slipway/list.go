package main

import (
	"encoding/json"
	"fmt"

	"github.com/slipway-workshop/slipway/content"
	"github.com/slipway-workshop/slipway/exercises/workspace"
	"github.com/spf13/cobra"
)

func (a *app) listCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "list",
		Aliases: []string{"ls"},
		GroupID: groupLearn,
		Short:   "List chapters, exercises and labs, and how far you are",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			c, err := a.open()
			if err != nil {
				return err
			}
			progress, err := a.work(c).Progress()
			if err != nil {
				return err
			}
			if asJSON {
				return a.listJSON(c, progress)
			}
			a.list(c, progress)
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the list as JSON")
	return cmd
}

// A listed is one task in the JSON form of the list; variants follow their task.
type listed struct {
	ID      string `json:"id"`
	Title   string `json:"title"`
	Part    string `json:"part"`
	Chapter string `json:"chapter"`
	Minutes int    `json:"minutes"`
	Points  int    `json:"points"`
	Max     int    `json:"max"`
	Started bool   `json:"started"`
	Solved  bool   `json:"solved"`
}

func (a *app) listJSON(c *course, progress workspace.Progress) error {
	list := []listed{}
	for ch := range c.Chapters() {
		for _, t := range ch.Tasks {
			for _, t := range append([]*content.Task{t}, t.Variants...) {
				list = append(list, listed{
					ID: t.ID, Title: t.Title, Part: ch.Part.ID, Chapter: ch.Slug, Minutes: t.Minutes,
					Points: progress.Tasks[t.ID].Points, Max: t.Points,
					Started: a.work(c).Started(t.ID), Solved: progress.Solved(t.ID),
				})
			}
		}
	}
	enc := json.NewEncoder(a.out)
	enc.SetIndent("", "  ")
	return enc.Encode(struct {
		Version   int      `json:"version"`
		Exercises []listed `json:"exercises"`
	}{1, list})
}

func (a *app) list(c *course, progress workspace.Progress) {
	for _, part := range c.Parts {
		solved, all := 0, 0
		for _, ch := range part.Chapters {
			for _, t := range ch.Tasks {
				all++
				if progress.Solved(t.ID) {
					solved++
				}
			}
		}
		a.say("%s: %d of %d solved\n", part.Title, solved, all)
		for _, ch := range part.Chapters {
			a.say("\n  %d  %s (slipway shell %s)\n", ch.Number, ch.Title, ch.Slug)
			for _, t := range ch.Tasks {
				a.listTask(c, progress, t)
				for _, v := range t.Variants {
					if progress.Solved(t.ID) || a.work(c).Started(v.ID) {
						a.listTask(c, progress, v)
					}
				}
			}
		}
	}
	a.say("\n✓ solved   · started   slipway watch goes on with the next one\n")
}

func (a *app) listTask(c *course, progress workspace.Progress, t *content.Task) {
	a.say("     %s %-7s %-44s %3d min  %s\n", a.mark(c, progress, t.ID), t.ID, t.Title, t.Minutes,
		fmt.Sprintf("%d/%d", progress.Tasks[t.ID].Points, t.Points))
}

func (a *app) mark(c *course, progress workspace.Progress, id string) string {
	switch {
	case progress.Solved(id):
		return "✓"
	case a.work(c).Started(id):
		return "·"
	}
	return " "
}
