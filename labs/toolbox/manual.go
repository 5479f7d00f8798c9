package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"
)

func helpCommand() command {
	return command{
		name: "help", args: "[COMMAND]", short: "tells what there is, or how a command is used",
		flags: plain(func(_ context.Context, c *call) error {
			if len(c.args) == 0 {
				return overview(c.stdout)
			}
			cmd, ok := named(c.args[0])
			if !ok {
				return usagef("unknown command %q: type toolbox help", c.args[0])
			}
			return cmd.help(c.stdout)
		}),
	}
}

func listCommand() command {
	return command{
		name: "list", short: "prints the names of the commands, for the links of an image",
		flags: plain(func(_ context.Context, c *call) error {
			for _, cmd := range commands() {
				fmt.Fprintln(c.stdout, cmd.name)
			}
			return nil
		}),
	}
}

func manualCommand() command {
	return command{
		name: "manual", short: "prints the manual of all commands as Markdown",
		flags: plain(func(_ context.Context, c *call) error {
			_, err := io.WriteString(c.stdout, manual())
			return err
		}),
	}
}

func overview(w io.Writer) error {
	fmt.Fprint(w, "usage: toolbox COMMAND, or COMMAND by its link\n\n")
	for _, cmd := range commands() {
		fmt.Fprintf(w, "  %-10s %s\n", cmd.name, cmd.short)
	}
	_, err := fmt.Fprint(w, "\ntoolbox help COMMAND tells more.\n")
	return err
}

func (cmd command) help(w io.Writer) error {
	fmt.Fprintf(w, "%s: %s\n\nusage: %s\n", cmd.name, cmd.short, cmd.usage())
	if cmd.long != "" {
		fmt.Fprintf(w, "\n%s\n", cmd.long)
	}
	if cmd.hasFlags() {
		fmt.Fprintf(w, "\n%s", cmd.flagTable("  ", ""))
	}
	return nil
}

// flagTable is a line for each flag: its name and value, what it does, its default.
func (cmd command) flagTable(before, tick string) string {
	set := flag.NewFlagSet(cmd.name, flag.ContinueOnError)
	cmd.flags(set)
	var b strings.Builder
	set.VisitAll(func(f *flag.Flag) {
		value, text := flag.UnquoteUsage(f)
		name := strings.TrimSpace("--" + f.Name + " " + value)
		if !slices.Contains([]string{"", "false", "0", "0s"}, f.DefValue) {
			text += " (default " + f.DefValue + ")"
		}
		fmt.Fprintf(&b, "%s%-26s %s\n", before, tick+name+tick, text)
	})
	return b.String()
}

const preface = `# Toolbox

The only workload image of the labs holds one static program, ` + "`/bin/toolbox`" + `, and a link to it in
` + "`/bin`" + ` for each command. There is no shell: one container runs one command, and so does one
` + "`kubectl exec`" + `. Without a command a container serves HTTP on port 8080.

` + "```yaml" + `
containers:
  - name: web
    image: slipway/toolbox:v1
    command: [serve, --port, "8080", --name, web]
` + "```" + `

Flags may stand before and after arguments. Durations are written as in Go (500ms, 2s, 1m), sizes as in
Kubernetes (64Mi, 10M). A command ends at once on SIGTERM, servers with exit code 0 and others with 143,
unless a flag says otherwise; a command that was used wrongly ends with 2.

This page is what ` + "`toolbox --manual`" + ` prints; ` + "`go test ./labs/toolbox -update`" + ` writes it.
`

func manual() string {
	var b strings.Builder
	b.WriteString(preface)
	for _, cmd := range commands() {
		fmt.Fprintf(&b, "\n## %s\n\n    %s\n\n%s.\n", cmd.name, cmd.usage(), sentence(cmd.short))
		if cmd.long != "" {
			fmt.Fprintf(&b, "\n%s\n", cmd.long)
		}
		if cmd.hasFlags() {
			fmt.Fprintf(&b, "\n%s", cmd.flagTable("- ", "`"))
		}
	}
	return b.String()
}

func sentence(text string) string { return strings.ToUpper(text[:1]) + text[1:] }
