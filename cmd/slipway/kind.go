package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/spf13/cobra"
	kindcmd "sigs.k8s.io/kind/pkg/cmd"
	"sigs.k8s.io/kind/pkg/cmd/kind"
	"sigs.k8s.io/kind/pkg/exec"
)

// undoTime is how long kind may take, after an interrupt, to delete what it had begun.
const undoTime = 20 * time.Second

// kindCommand is kind's own command line.
func (a *app) kindCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "kind",
		GroupID: groupOther,
		Short:   "Make clusters of your own with kind, which is built in",
		Long: `Kind is the command line of kind (https://kind.sigs.k8s.io), built into slipway, so that there is nothing
else to install. Its commands, flags and exit codes are kind's own, and so is the kubeconfig that it
writes: --kubeconfig FILE, else $KUBECONFIG, else .kube/config in your home folder.

One thing differs: a cluster for which neither --image nor its configuration names an image gets the
course's node image, since the one that kind would take cannot be had without a registry.

Clusters of labs are called slipway-one, slipway-four and slipway-bare.`,
		Example: `  slipway kind create cluster --config kind.yaml
  slipway kind get clusters
  slipway kind delete cluster --name kind`,
		DisableFlagParsing: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.kind(cmd.Context(), args, a.kindImage)
		},
	}
}

// kindImage returns the node image for clusters that name none.
func (a *app) kindImage(ctx context.Context) (string, error) {
	s, err := a.imageStore(ctx)
	if err != nil {
		return "", err
	}
	choice, err := s.Choose(ctx)
	return choice.Ref, err
}

// kind runs kind. Its commands know no contexts: an interrupt reaches the programs that it runs, and it
// takes back what it began.
func (a *app) kind(ctx context.Context, args []string, image func(context.Context) (string, error)) error {
	root := a.kindRoot(image)
	root.SetArgs(args)
	ended := make(chan error, 1)
	go func() { ended <- root.ExecuteContext(ctx) }()
	select {
	case err := <-ended:
		return a.kindError(ctx, err)
	case <-ctx.Done():
	}
	select {
	case err := <-ended:
		if err == nil { // it was done by then
			return nil
		}
	case <-time.After(undoTime):
		a.note("kind has not ended: see what it left with slipway kind get clusters\n")
	}
	return ctx.Err()
}

func (a *app) kindRoot(image func(context.Context) (string, error)) *cobra.Command {
	in := &input{Reader: a.in}
	logger := kindcmd.NewLogger()
	if l, ok := logger.(interface{ SetWriter(io.Writer) }); ok && a.err != os.Stderr {
		l.SetWriter(a.err)
	}
	root := kind.NewCommand(logger, kindcmd.IOStreams{In: in, Out: a.out, ErrOut: a.err})
	root.Annotations = map[string]string{cobra.CommandDisplayNameAnnotation: "slipway kind"}
	create, _, err := root.Find([]string{"create", "cluster"})
	if err == nil {
		create.PreRunE = func(cmd *cobra.Command, _ []string) error { return defaultImage(cmd, in, image) }
	}
	return root
}

// kindError prints an error as kind does, and ends with its exit code.
func (a *app) kindError(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	a.note("ERROR: %v\n", err)
	if run := exec.RunErrorForError(err); run != nil {
		a.note("\nCommand Output: %s\n", run.Output)
	}
	return &exitError{code: exitNotYet}
}

// defaultImage sets the flag --image of kind's create cluster where nothing names an image.
func defaultImage(cmd *cobra.Command, in *input, image func(context.Context) (string, error)) error {
	flags := cmd.Flags()
	if flags.Changed("image") {
		return nil
	}
	named, err := namesImage(flags.Lookup("config").Value.String(), in)
	if err != nil || named {
		return err
	}
	ref, err := image(cmd.Context())
	if err != nil {
		return err
	}
	return flags.Set("image", ref)
}

// namesImage reports whether a configuration names an image for one of its nodes. kind finds what else
// is wrong with it.
func namesImage(file string, in *input) (bool, error) {
	var data []byte
	var err error
	switch file {
	case "":
		return false, nil
	case "-":
		data, err = in.peek()
	default:
		data, err = os.ReadFile(file)
	}
	if err != nil {
		return false, fmt.Errorf("read configuration: %w", err)
	}
	var conf struct {
		Nodes []struct {
			Image string `yaml:"image"`
		} `yaml:"nodes"`
	}
	if yaml.Unmarshal(data, &conf) != nil {
		return true, nil
	}
	for _, n := range conf.Nodes {
		if n.Image != "" {
			return true, nil
		}
	}
	return false, nil
}

// input is a reader that can be looked into.
type input struct{ io.Reader }

// peek reads all of it, and has it read again.
func (in *input) peek() ([]byte, error) {
	data, err := io.ReadAll(in.Reader)
	in.Reader = bytes.NewReader(data)
	return data, err
}
