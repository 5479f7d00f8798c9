package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/slipway-workshop/slipway/labs/host"
	"github.com/slipway-workshop/slipway/labs/image"
	"github.com/spf13/cobra"
)

func (a *app) imageCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "image",
		GroupID: groupOther,
		Short:   "Build, share and inspect the image that the nodes of clusters are made of",
		Long: `The nodes of the labs' clusters are containers of one image, with Kubernetes ` + image.Kubernetes + `.
Slipway builds it from Go modules and Debian packages: no container registry is needed. One machine of a
class builds it; the others import the file that it exports.

SLIPWAY_NODE_IMAGE=REF makes clusters of another image that the container engine has.`,
	}
	cmd.AddCommand(a.imageBuildCommand(), a.imageInspectCommand(), a.imageExportCommand(), a.imageImportCommand())
	return cmd
}

func (a *app) imageBuildCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "build",
		Short: "Build the node image of this checkout, where the engine does not have it yet (Linux)",
		Long: `Build makes the node image from the checkout around this folder, and gives it to the container engine.
What goes in has a digest, and an image with that digest is not built again. A build that was interrupted
goes on where it stopped; after a change only what depends on it is made again.

The first build compiles Kubernetes, and takes about a quarter of an hour on two processors. It needs Linux,
and of its packages mmdebstrap, gcc, libc6-dev, libseccomp-dev and pkg-config.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := a.imageStore(cmd.Context())
			if err != nil {
				return err
			}
			begin := time.Now()
			info, err := s.Build(cmd.Context())
			if err != nil {
				return err
			}
			a.say("%s %.1f s\n", describeImage(info), time.Since(begin).Seconds())
			return nil
		},
	}
}

func (a *app) imageInspectCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "inspect [REF]",
		Short: "Tell about a node image: the one that clusters are made of, or another one",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := a.imageStore(cmd.Context())
			if err != nil {
				return err
			}
			choice, err := chosenImage(cmd.Context(), s, args)
			if err != nil {
				return err
			}
			info, err := s.Inspect(cmd.Context(), choice.Ref)
			if err != nil {
				return err
			}
			a.sayImage(info, choice)
			return nil
		},
	}
}

// chosenImage is the image that was named, or else the one that clusters are made of.
func chosenImage(ctx context.Context, s *image.Store, args []string) (image.Choice, error) {
	if len(args) == 1 {
		return image.Choice{Ref: args[0]}, nil
	}
	return s.Choose(ctx)
}

func (a *app) sayImage(info image.Info, choice image.Choice) {
	for _, line := range []struct{ name, value string }{
		{"image", info.Ref},
		{"id", info.ID},
		{"size", megabytes(info.Size)},
		{"for", "linux/" + info.Arch},
		{"kubernetes", info.Kubernetes},
		{"recipe", info.Recipe},
		{"toolbox", info.Toolbox},
		{"chosen", choice.Reason},
	} {
		if line.value != "" {
			a.say("%-11s %s\n", line.name, line.value)
		}
	}
}

func (a *app) imageExportCommand() *cobra.Command {
	var ref string
	cmd := &cobra.Command{
		Use:   "export FILE",
		Short: "Write the node image to a file for other machines",
		Long: `Export writes the image that clusters are made of to one compressed file, such as node.tar.xz. Another
machine with the same processor architecture takes it by slipway image import.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := a.imageStore(cmd.Context())
			if err != nil {
				return err
			}
			var named []string
			if ref != "" {
				named = []string{ref}
			}
			choice, err := chosenImage(cmd.Context(), s, named)
			if err != nil {
				return err
			}
			a.note("Writing %s to %s; compressing takes a minute or two.\n", choice.Ref, args[0])
			return s.Export(cmd.Context(), choice.Ref, args[0])
		},
	}
	cmd.Flags().StringVar(&ref, "ref", "", "image to export (default: the one that clusters are made of)")
	return cmd
}

func (a *app) imageImportCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "import FILE",
		Short: "Take a node image from a file that slipway image export wrote",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := a.imageStore(cmd.Context())
			if err != nil {
				return err
			}
			info, err := s.Import(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			a.say("%s\n", describeImage(info))
			return nil
		},
	}
}

// imageStore is the store of the container engine of this machine.
func (a *app) imageStore(ctx context.Context) (*image.Store, error) {
	c, err := a.files()
	if err != nil {
		return nil, err
	}
	p, err := a.newProvider(c)
	if err != nil {
		return nil, err
	}
	engine, err := host.FindEngine(ctx)
	if err != nil {
		return nil, err
	}
	s := p.store(engine)
	s.Report = a.sayStep
	return s, nil
}

// sayNewStep tells of a step of a build unless it was made before.
func (a *app) sayNewStep(e image.Event) {
	if !e.Reused {
		a.sayStep(e)
	}
}

// sayStep tells how a build goes on, a line for each step that begins and each that has ended.
func (a *app) sayStep(e image.Event) {
	step := fmt.Sprintf("step %2d/%d  %-20s", e.N, e.Total, e.Step)
	switch {
	case !e.Done:
		a.note("%s …\n", step)
	case e.Reused:
		a.note("%s made before\n", step)
	default:
		a.note("%s %.1f s\n", step, e.Elapsed.Seconds())
	}
}

func describeImage(info image.Info) string {
	return strings.Join([]string{info.Ref, "Kubernetes " + info.Kubernetes, megabytes(info.Size)}, ", ")
}

func megabytes(bytes int64) string { return fmt.Sprintf("%d MB", bytes/1e6) }
