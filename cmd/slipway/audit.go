package main

import (
	"encoding/json"

	"github.com/slipway-workshop/slipway/exercises/grade"
	"github.com/spf13/cobra"
)

func (a *app) auditCommand() *cobra.Command {
	var out, format string
	cmd := &cobra.Command{
		Use:     "audit LEARNER TASK",
		GroupID: groupTeach,
		Short:   "Explain one grade from its evidence",
		Long: `Audit shows how a grade came about: which submission counts and why, what each check found, lateness in numbers, and
how well the programs were kept apart. First it verifies that journal and evidence are as they were written.`,
		Example: "  slipway audit s1001 x06",
		Args:    cobra.ExactArgs(2),
		RunE: func(_ *cobra.Command, args []string) error {
			if format != "text" && format != "json" {
				return usagef("audit: unknown format %q: use text or json", format)
			}
			why, err := grade.Audit(out, args[0], args[1])
			if err != nil {
				return err
			}
			if format == "json" {
				enc := json.NewEncoder(a.out)
				enc.SetIndent("", "  ")
				return enc.Encode(why)
			}
			return why.WriteText(a.out, a.style())
		},
	}
	cmd.Flags().StringVar(&out, "out", "grades", "folder that slipway grade wrote")
	cmd.Flags().StringVar(&format, "format", "text", "text or json")
	return cmd
}
