package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/slipway-workshop/slipway/exercises/world"
	"github.com/spf13/cobra"
)

func (a *app) worldCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "world",
		GroupID: groupLearn,
		Short:   "Look at the module world around you, or run one for anything",
		Long: `A module world is a small internet on 127.0.0.1: module proxies, a checksum database and repositories that
the go command, git and curl reach, and nothing else. slipway shell opens one around a task or a chapter; env,
log and stage look at it from there. slipway world up runs one for other purposes.`,
	}
	cmd.AddCommand(a.worldUpCommand(), a.worldEnvCommand(), a.worldLogCommand(), a.worldStageCommand())
	return cmd
}

func (a *app) worldUpCommand() *cobra.Command {
	var address, modules, file string
	cmd := &cobra.Command{
		Use:   "up",
		Short: "Run a module world until Ctrl-C",
		Long: `Up runs a module world and prints the variables that lead programs into it, as a shell reads them. Without
--modules it serves the modules of the course. --world names a file in the form of an exercise's world.yaml, which
adds hosts, faults and modules that you publish from the current folder.`,
		Example: "  slipway world up\n  slipway world up --modules ./mine --world world.yaml",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			lib, err := a.worldLibrary(modules)
			if err != nil {
				return err
			}
			var data []byte
			if file != "" {
				if data, err = os.ReadFile(file); err != nil {
					return usagef("world up: %v", err)
				}
			}
			cfg, err := world.ParseConfig(file, data)
			if err != nil {
				return usagef("world up: %v", err)
			}
			return a.worldUp(cmd.Context(), address, lib, cfg)
		},
	}
	cmd.Flags().StringVar(&address, "addr", "127.0.0.1:0", "address to listen on")
	cmd.Flags().StringVar(&modules, "modules", "", "folder of modules, one txtar file each, called path_version.txtar (default: those of the course)")
	cmd.Flags().StringVar(&file, "world", "", "file with hosts and faults")
	return cmd
}

func (a *app) worldLibrary(dir string) (*world.Library, error) {
	if dir != "" {
		return world.LoadLibrary(os.DirFS(dir))
	}
	c, err := a.open()
	if err != nil {
		return nil, err
	}
	return c.library()
}

func (a *app) worldUp(ctx context.Context, address string, lib *world.Library, cfg world.Config) error {
	dir, err := os.MkdirTemp("", "slipway-world-")
	if err != nil {
		return fmt.Errorf("run world: %w", err)
	}
	defer os.RemoveAll(dir)
	here, err := os.Getwd()
	if err != nil {
		return fmt.Errorf("run world: %w", err)
	}
	w, err := world.StartAt(address, lib, cfg, here, dir)
	if err != nil {
		return err
	}
	defer w.Close()
	for _, v := range w.Variables() {
		a.say("export %s=%s\n", v.Name, quoted(v.Value))
	}
	a.note("A module world runs at %s until Ctrl-C. Type the lines above in another shell to enter it.\n", w.Address())
	<-ctx.Done()
	return nil
}

// quoted writes a value for sh.
func quoted(value string) string { return "'" + strings.ReplaceAll(value, "'", `'\''`) + "'" }

func (a *app) worldEnvCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "env",
		Short: "Show the variables that lead into the world, and what each is for",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			text, err := askWorld(cmd.Context(), http.MethodGet, "/env")
			if err != nil {
				return err
			}
			table := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
			fmt.Fprint(table, text)
			return table.Flush()
		},
	}
}

func (a *app) worldLogCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "log [REGEXP]",
		Short:   "Show what the world was asked: method, address, status",
		Example: "  slipway world log\n  slipway world log '@v/list'",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			text, err := askWorld(cmd.Context(), http.MethodGet, "/log?match="+url.QueryEscape(strings.Join(args, "")))
			a.say("%s", text)
			return err
		},
	}
}

func (a *app) worldStageCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "stage NUMBER",
		Short: "Move the world on, where the task says that things happen in it",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			n, err := strconv.Atoi(args[0])
			if err != nil || n < 1 {
				return usagef("world stage: %q is no stage: stages are 1, 2 and so on", args[0])
			}
			_, err = askWorld(cmd.Context(), http.MethodPost, fmt.Sprintf("/stage/%d", n))
			return err
		},
	}
}

// askWorld asks the world that a shell is in.
func askWorld(ctx context.Context, method, path string) (string, error) {
	address := os.Getenv(world.AddressEnv)
	if address == "" {
		return "", usagef("there is no world here: open one with slipway shell and the id of a task or a chapter, or with slipway world up")
	}
	req, err := http.NewRequestWithContext(ctx, method, address+path, nil)
	if err != nil {
		return "", fmt.Errorf("ask world: %w", err)
	}
	resp, err := (&http.Client{Transport: &http.Transport{}}).Do(req)
	if err != nil {
		return "", fmt.Errorf("ask world at %s: %w: is the shell that opened it still there?", address, err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = usagef("world: %s", strings.TrimSpace(string(body)))
	}
	return string(body), err
}
