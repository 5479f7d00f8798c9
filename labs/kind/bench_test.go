package kind_test

import (
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/slipway-workshop/slipway/labs"
	"github.com/slipway-workshop/slipway/labs/clustertest"
	"github.com/slipway-workshop/slipway/labs/kubeapi"
	"sigs.k8s.io/kind/pkg/apis/config/v1alpha4"
	"sigs.k8s.io/kind/pkg/cluster"
)

// BenchmarkReady measures how long it takes until every node of a new cluster is Ready, with plain kind
// and with Slipway, of the same image. The budget is 1.1 times plain kind.
func BenchmarkReady(b *testing.B) {
	if os.Getenv(clustertest.Env) != "1" {
		b.Skip("makes real clusters: run it with " + clustertest.Env + "=1")
	}
	for topology, workers := range map[labs.Topology]int{labs.One: 0, labs.Four: 3} {
		b.Run(string(topology)+"/kind", func(b *testing.B) {
			for range b.N {
				plain(b, workers)
			}
		})
		b.Run(string(topology)+"/slipway", func(b *testing.B) {
			for range b.N {
				c := openKind(b, topology, b.TempDir())
				if err := c.Start(b.Context(), nil); err != nil {
					b.Fatal(err)
				}
				b.StopTimer()
				stop(b, c)
				b.StartTimer()
			}
		})
	}
}

// plain does what kind create cluster does, and waits for the nodes.
func plain(b *testing.B, workers int) {
	const name = prefix + "-plain"
	image, err := options(b, "").Image(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	conf := &v1alpha4.Cluster{Nodes: []v1alpha4.Node{{Role: v1alpha4.ControlPlaneRole}}}
	for range workers {
		conf.Nodes = append(conf.Nodes, v1alpha4.Node{Role: v1alpha4.WorkerRole})
	}
	file := filepath.Join(b.TempDir(), "kubeconfig")
	p := cluster.NewProvider()
	err = p.Create(name, cluster.CreateWithV1Alpha4Config(conf), cluster.CreateWithNodeImage(image), cluster.CreateWithKubeconfigPath(file))
	if err != nil {
		b.Fatal(err)
	}
	config, err := os.ReadFile(file)
	if err != nil {
		b.Fatal(err)
	}
	api, err := kubeapi.New(config)
	if err != nil {
		b.Fatal(err)
	}
	nodes := []string{name + "-control-plane"}
	for i := range workers {
		worker := name + "-worker"
		if i > 0 {
			worker += strconv.Itoa(i + 1)
		}
		nodes = append(nodes, worker)
	}
	if err := api.Await(b.Context(), nodes, time.Time{}, func(string) {}); err != nil {
		b.Fatal(err)
	}
	b.StopTimer()
	if err := p.Delete(name, file); err != nil {
		b.Fatal(err)
	}
	b.StartTimer()
}
