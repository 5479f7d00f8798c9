package kubernetes

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/slipway-workshop/slipway/exercises/grade"
	"github.com/slipway-workshop/slipway/labs"
	"github.com/slipway-workshop/slipway/labs/clustertest"
	"github.com/slipway-workshop/slipway/labs/host"
	"github.com/slipway-workshop/slipway/labs/image"
	"github.com/slipway-workshop/slipway/labs/kind"
	core "k8s.io/api/core/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/clientcmd"
)

// TestMain makes of the test binary the worker that pods of TestCluster run.
func TestMain(m *testing.M) {
	if len(os.Args) < 2 || os.Args[1] != "grade-worker" {
		os.Exit(m.Run())
	}
	s := Shard{Secret: []byte(os.Getenv(SecretEnv)), Name: "pod " + os.Getenv(PodEnv)}
	f := flag.NewFlagSet("grade-worker", flag.ExitOnError)
	f.StringVar(&s.Dir, "manifest", "", "")
	f.StringVar(&s.Items, "items", "", "")
	f.IntVar(&s.Size, "shard-size", 0, "")
	_ = f.Parse(os.Args[2:]) // ExitOnError
	index, err := strconv.Atoi(os.Getenv(IndexEnv))
	s.Index = index
	err = errors.Join(err, OpenPod(), Worker(context.Background(), s, slowJudge, os.Stdout))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	os.Exit(ExitCode(err))
}

// slowJudge leaves time to do harm in the middle.
var slowJudge = judgeFunc(func(grade.Item) error {
	time.Sleep(200 * time.Millisecond)
	return nil
})

// TestCluster grades a class on a real cluster, with a pod killed in the middle. The outcomes are those of the local
// engine, and nothing stays behind.
func TestCluster(t *testing.T) {
	clustertest.Need(t)
	store, cluster := realCluster(t)
	program := filepath.Join(t.TempDir(), "worker")
	build := exec.Command("go", "test", "-c", "-o", program, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build worker: %v\n%s", err, out)
	}
	api := realClient(t, cluster)
	e := &Engine{
		Client: api, ShardSize: 10, Report: func(s string) { t.Log(s) },
		Image: func(ctx context.Context, dir string) (string, error) {
			file := filepath.Join(t.TempDir(), "grader.tar")
			ref, err := store.Grader(ctx, program, dir, file)
			return ref, errors.Join(err, cluster.LoadImages(ctx, file))
		},
	}
	items := class(60)
	pods, here := told{}, told{}
	var kill sync.Once
	begin := time.Now()
	err := e.Grade(t.Context(), items, func(o grade.Outcome) error {
		if len(pods) == 5 {
			kill.Do(func() { killPod(t, api) })
		}
		return pods.add(o)
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d items after %s", len(items), time.Since(begin))
	if err := (grade.Local{Judge: slowJudge, Workers: 4}).Grade(t.Context(), items, here.add); err != nil {
		t.Fatal(err)
	}
	for _, i := range items {
		a, b := pods[i.Key], here[i.Key]
		if len(a) != 1 || len(b) != 1 || !reflect.DeepEqual(a[0].Result, b[0].Result) || a[0].Fault != "" {
			t.Errorf("item %s: pods say %+v, this machine %+v", i.Key[:8], a, b)
		}
	}
	jobs, err := api.jobs.List(t.Context(), meta.ListOptions{})
	if err != nil || len(jobs.Items) > 0 {
		t.Errorf("%d Jobs are left, %v", len(jobs.Items), err)
	}
}

// killPod deletes a pod that runs, at once.
func killPod(t *testing.T, api *Client) {
	list, err := api.pods.List(t.Context(), meta.ListOptions{})
	if err != nil {
		t.Error(err)
		return
	}
	for _, p := range list.Items {
		if p.Status.Phase == core.PodRunning {
			t.Logf("kill %s", p.Name)
			if err := api.pods.Delete(t.Context(), p.Name, meta.DeleteOptions{GracePeriodSeconds: new(int64(0))}); err != nil {
				t.Error(err)
			}
			return
		}
	}
	t.Error("no pod runs")
}

// realCluster makes a cluster of its own.
func realCluster(t *testing.T) (*image.Store, labs.Cluster) {
	t.Helper()
	engine, err := host.FindEngine(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	user, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	cache := cmp.Or(os.Getenv("SLIPWAY_CACHE"), filepath.Join(user, "slipway"))
	store := &image.Store{Engine: cmp.Or(engine.Path, engine.Name), Source: "../../..", Cache: cache}
	c, err := kind.New(labs.Place{Name: "slipway-test-one", Topology: labs.One}, kind.Options{
		Engine: kind.Engine{Name: engine.Name, Path: engine.Path}, Dir: t.TempDir(), Tools: store.Tools,
		Image: func(ctx context.Context) (string, error) {
			choice, err := store.Choose(ctx)
			return choice.Ref, err
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Stop(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})
	if err := c.Start(t.Context(), func(s string) { t.Log(s) }); err != nil {
		t.Fatal(err)
	}
	return store, c
}

func realClient(t *testing.T, c labs.Cluster) *Client {
	t.Helper()
	config, err := c.Kubeconfig(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	rest, err := clientcmd.RESTConfigFromKubeConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	api, err := NewClient(rest)
	if err != nil {
		t.Fatal(err)
	}
	return api
}
