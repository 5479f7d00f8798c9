package provision_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/slipway-workshop/slipway/labs/nodeimage/internal/kube"
	"github.com/slipway-workshop/slipway/labs/nodeimage/internal/provision"
	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// A server is an API server as far as a provisioner knows one.
type server struct {
	provision.State
	node   string
	events []string
	broken error // what creating a volume fails with
}

var _ provision.API = (*server)(nil)

func (s *server) CreateVolume(_ context.Context, v *corev1.PersistentVolume) error {
	if s.broken != nil {
		return s.broken
	}
	if s.volume(v.Name) == nil {
		v.UID = types.UID("uid-of-" + v.Name)
		v.Status.Phase = corev1.VolumeBound
		s.Volumes = append(s.Volumes, v)
	}
	return nil
}

func (s *server) DeleteVolume(_ context.Context, v *corev1.PersistentVolume) error {
	s.Volumes = slices.DeleteFunc(s.Volumes, func(o *corev1.PersistentVolume) bool { return o.UID == v.UID })
	return nil
}

func (s *server) Hostname(context.Context) (string, error) { return s.node + ".example", nil }

func (s *server) Emit(_ context.Context, r kube.Report) error {
	s.events = append(s.events, fmt.Sprintf("%s %s %s: %s", r.Type, r.About.Name, r.Reason, r.Message))
	return nil
}

func (s *server) volume(name string) *corev1.PersistentVolume {
	i := slices.IndexFunc(s.Volumes, func(v *corev1.PersistentVolume) bool { return v.Name == name })
	if i < 0 {
		return nil
	}
	return s.Volumes[i]
}

func newServer() *server {
	waits, at := storagev1.VolumeBindingWaitForFirstConsumer, storagev1.VolumeBindingImmediate
	retain := corev1.PersistentVolumeReclaimRetain
	return &server{node: "one", State: provision.State{Classes: []*storagev1.StorageClass{
		{ObjectMeta: metav1.ObjectMeta{Name: "standard"}, Provisioner: provision.Name, VolumeBindingMode: &waits},
		{ObjectMeta: metav1.ObjectMeta{Name: "kept"}, Provisioner: provision.Name, VolumeBindingMode: &waits, ReclaimPolicy: &retain},
		{ObjectMeta: metav1.ObjectMeta{Name: "hasty"}, Provisioner: provision.Name, VolumeBindingMode: &at},
		{ObjectMeta: metav1.ObjectMeta{Name: "other"}, Provisioner: "example.com/other", VolumeBindingMode: &waits},
	}}}
}

// claim adds a claim that waits for a volume on a node.
func (s *server) claim(class, node string, change ...func(*corev1.PersistentVolumeClaim)) *corev1.PersistentVolumeClaim {
	c := &corev1.PersistentVolumeClaim{
		ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "data", UID: "7", Annotations: map[string]string{}},
		Spec: corev1.PersistentVolumeClaimSpec{
			StorageClassName: &class,
			AccessModes:      []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce},
			Resources:        corev1.VolumeResourceRequirements{Requests: corev1.ResourceList{corev1.ResourceStorage: resource.MustParse("1Gi")}},
		},
	}
	if node != "" {
		c.Annotations["volume.kubernetes.io/selected-node"] = node
	}
	for _, f := range change {
		f(c)
	}
	s.Claims = append(s.Claims, c)
	return c
}

func newProvisioner(t *testing.T, s *server) (p *provision.Provisioner, folder string) {
	root := t.TempDir()
	return &provision.Provisioner{Node: "one", Root: root, API: s}, filepath.Join(root, "pvc-7_shop_data")
}

func sync(t *testing.T, p *provision.Provisioner, s *server) {
	t.Helper()
	if err := p.Sync(context.Background(), s.State); err != nil {
		t.Fatal(err)
	}
}

func exists(name string) bool {
	_, err := os.Stat(name)
	return err == nil
}

func TestClaimGetsFolderAndVolume(t *testing.T) {
	s := newServer()
	s.claim("standard", "one")
	p, folder := newProvisioner(t, s)
	sync(t, p, s)
	sync(t, p, s) // as when the claim is not bound yet
	info, err := os.Stat(folder)
	if err != nil || info.Mode().Perm() != 0o777 {
		t.Errorf("folder: %v %v", info, err)
	}
	if len(s.Volumes) != 1 {
		t.Fatalf("%d volumes", len(s.Volumes))
	}
	v := s.Volumes[0]
	if v.Spec.Local.Path != folder || v.Spec.ClaimRef.Name != "data" || v.Spec.ClaimRef.UID != "7" ||
		v.Spec.PersistentVolumeReclaimPolicy != corev1.PersistentVolumeReclaimDelete {
		t.Errorf("volume: %+v", v.Spec)
	}
	if size := v.Spec.Capacity[corev1.ResourceStorage]; size.String() != "1Gi" {
		t.Errorf("capacity: %s", size.String())
	}
	if host := v.Spec.NodeAffinity.Required.NodeSelectorTerms[0].MatchExpressions[0]; host.Key != corev1.LabelHostname || !slices.Equal(host.Values, []string{"one.example"}) {
		t.Errorf("affinity: %+v", host)
	}
	if !strings.HasPrefix(s.events[0], "Normal data ProvisioningSucceeded: ") {
		t.Errorf("events: %q", s.events)
	}
}

func TestClaimsOfOthers(t *testing.T) {
	s := newServer()
	s.claim("standard", "two")
	s.claim("standard", "") // its pod is not scheduled yet
	s.claim("other", "one")
	s.claim("nowhere", "one")
	s.claim("standard", "one", func(c *corev1.PersistentVolumeClaim) { c.Spec.VolumeName = "bound" })
	s.claim("standard", "one", func(c *corev1.PersistentVolumeClaim) { c.DeletionTimestamp = &metav1.Time{} })
	p, folder := newProvisioner(t, s)
	sync(t, p, s)
	if len(s.Volumes) > 0 || exists(folder) || len(s.events) > 0 {
		t.Errorf("volumes %v, events %q", s.Volumes, s.events)
	}
}

func TestRefusals(t *testing.T) {
	block := corev1.PersistentVolumeBlock
	for want, claim := range map[string]func(s *server){
		"WaitForFirstConsumer": func(s *server) { s.claim("hasty", "") },
		"ReadWriteMany cannot": func(s *server) {
			s.claim("standard", "one", func(c *corev1.PersistentVolumeClaim) {
				c.Spec.AccessModes = append(c.Spec.AccessModes, corev1.ReadWriteMany)
			})
		},
		"volumeMode: Filesystem": func(s *server) {
			s.claim("standard", "one", func(c *corev1.PersistentVolumeClaim) { c.Spec.VolumeMode = &block })
		},
		"remove selector": func(s *server) {
			s.claim("standard", "one", func(c *corev1.PersistentVolumeClaim) { c.Spec.Selector = &metav1.LabelSelector{} })
		},
		"starts empty": func(s *server) {
			s.claim("standard", "one", func(c *corev1.PersistentVolumeClaim) { c.Spec.DataSource = &corev1.TypedLocalObjectReference{} })
		},
	} {
		t.Run(want, func(t *testing.T) {
			s := newServer()
			claim(s)
			p, folder := newProvisioner(t, s)
			sync(t, p, s)
			if len(s.Volumes) > 0 || exists(folder) || len(s.events) != 1 || !strings.HasPrefix(s.events[0], "Warning data ProvisioningFailed: ") || !strings.Contains(s.events[0], want) {
				t.Errorf("volumes %v, events %q", s.Volumes, s.events)
			}
		})
	}
}

func TestFailureIsToldAndTriedAgain(t *testing.T) {
	s := newServer()
	s.claim("standard", "one")
	s.broken = errors.New("the API server is away")
	p, _ := newProvisioner(t, s)
	if err := p.Sync(context.Background(), s.State); !errors.Is(err, s.broken) {
		t.Errorf("got %v", err)
	}
	if len(s.events) != 1 || !strings.Contains(s.events[0], s.broken.Error()) {
		t.Errorf("events %q", s.events)
	}
	s.broken = nil
	if sync(t, p, s); len(s.Volumes) != 1 {
		t.Errorf("%d volumes", len(s.Volumes))
	}
}

// provisioned returns a server with a bound volume that holds a file.
func provisioned(t *testing.T, class string) (*server, *provision.Provisioner, string) {
	s := newServer()
	c := s.claim(class, "one")
	p, folder := newProvisioner(t, s)
	sync(t, p, s)
	c.Spec.VolumeName = s.Volumes[0].Name
	if err := os.WriteFile(filepath.Join(folder, "orders"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	sync(t, p, s)
	return s, p, folder
}

func TestReleasedVolumeGoesWithItsFolder(t *testing.T) {
	s, p, folder := provisioned(t, "standard")
	s.Claims, s.Volumes[0].Status.Phase = nil, corev1.VolumeReleased
	if sync(t, p, s); len(s.Volumes) > 0 || exists(folder) {
		t.Errorf("volumes %v, folder exists: %v", s.Volumes, exists(folder))
	}
}

func TestRetainedVolumeStays(t *testing.T) {
	s, p, folder := provisioned(t, "kept")
	s.Claims, s.Volumes[0].Status.Phase = nil, corev1.VolumeReleased
	if sync(t, p, s); len(s.Volumes) != 1 || !exists(folder) {
		t.Errorf("volumes %v, folder exists: %v", s.Volumes, exists(folder))
	}
	s.Volumes = nil // deleted by hand: its data is the owner's affair
	if sync(t, p, s); !exists(folder) {
		t.Error("the folder is gone")
	}
}

func TestFolderFollowsVolumeDeletedByHand(t *testing.T) {
	s, p, folder := provisioned(t, "standard")
	s.Claims, s.Volumes = nil, nil
	if sync(t, p, s); exists(folder) {
		t.Error("the folder is still there")
	}
}

// TestForeignFolders has volumes that claim to be the provisioner's own and point elsewhere: what they
// point to must survive them.
func TestForeignFolders(t *testing.T) {
	for _, where := range []string{"", "precious", "pvc-7_x/../precious", "pvc-70_shop_data", "pvc-7_x/deeper"} {
		s, p, folder := provisioned(t, "standard")
		v := s.Volumes[0]
		elsewhere := p.Root + "/" + where
		if err := os.MkdirAll(filepath.Clean(elsewhere), 0o755); err != nil {
			t.Fatal(err)
		}
		v.Spec.Local.Path, v.Status.Phase = elsewhere, corev1.VolumeReleased
		p = &provision.Provisioner{Node: p.Node, Root: p.Root, API: s}
		if sync(t, p, s); !exists(filepath.Clean(elsewhere)) || !exists(folder) || len(s.Volumes) != 1 {
			t.Errorf("%q: removed", where)
		}
	}
}

func TestVolumesOfOtherNodes(t *testing.T) {
	s, _, folder := provisioned(t, "standard")
	s.Volumes[0].Status.Phase = corev1.VolumeReleased
	other := &provision.Provisioner{Node: "two", Root: filepath.Dir(folder), API: s}
	if sync(t, other, s); len(s.Volumes) != 1 || !exists(folder) {
		t.Error("another node's agent removed it")
	}
}
