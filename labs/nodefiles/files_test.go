package nodefiles

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"testing"
)

const scheduler = "/etc/kubernetes/manifests/kube-scheduler.yaml"

// listing prints files as the script look does: "f 644 PATH CONTENT", "d 755 PATH", "l PATH TARGET".
func listing(t *testing.T, lines ...string) map[string]entry {
	t.Helper()
	var entries, sums strings.Builder
	for _, l := range lines {
		switch f := strings.SplitN(l, " ", 4); f[0] {
		case "f":
			fmt.Fprintf(&entries, "f %s 0:0 %s\t\n", f[1], f[2])
			fmt.Fprintf(&sums, "%x  %s\n", sha256.Sum256([]byte(f[3])), f[2])
		case "d":
			fmt.Fprintf(&entries, "d %s 0:0 %s\t\n", f[1], f[2])
		case "l":
			fmt.Fprintf(&entries, "l 777 0:0 %s\t%s\n", f[1], f[2])
		}
	}
	files, err := parseListing(entries.String() + sums.String())
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestDiff(t *testing.T) {
	base := []string{
		"d 755 /etc/kubernetes", "f 600 " + scheduler + " scheduler", "f 644 /etc/default/kubelet args",
		"l /etc/systemd/system/a.service /dev/null",
		"l /var/lib/kubelet/pki/kubelet-client-current.pem /var/lib/kubelet/pki/kubelet-client-1.pem",
		"f 600 /var/lib/kubelet/pki/kubelet-client-1.pem one",
	}
	tests := []struct {
		name        string
		change      func(lines []string) []string
		put, remove []string
	}{
		{"nothing", func(l []string) []string { return l }, nil, nil},
		{"content", with(1, "f 600 "+scheduler+" other"), []string{scheduler}, nil},
		{"mode", with(1, "f 644 "+scheduler+" scheduler"), []string{scheduler}, nil},
		{"gone", with(1), []string{scheduler}, nil},
		{"link elsewhere", with(3, "l /etc/systemd/system/a.service /x"), []string{"/etc/systemd/system/a.service"}, nil},
		{"folder in place of file", with(2, "d 755 /etc/default/kubelet", "f 644 /etc/default/kubelet/x y"),
			[]string{"/etc/default/kubelet"}, []string{"/etc/default/kubelet"}},
		{"folder added", func(l []string) []string {
			return append(l, "d 755 /etc/kubernetes/tmp", "f 644 /etc/kubernetes/tmp/a b")
		},
			nil, []string{"/etc/kubernetes/tmp"}},
		{"address of the node", func(l []string) []string { return append(l, "f 644 /kind/old-ipv4 172.18.0.9") }, nil, nil},
		{"certificate renewed", func(l []string) []string {
			return append(with(4, "l /var/lib/kubelet/pki/kubelet-client-current.pem /var/lib/kubelet/pki/kubelet-client-2.pem")(l),
				"f 600 /var/lib/kubelet/pki/kubelet-client-2.pem two")
		}, nil, nil},
		{"certificate deleted", with(5), []string{"/var/lib/kubelet/pki/kubelet-client-1.pem", "/var/lib/kubelet/pki/kubelet-client-current.pem"}, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			d := diff(listing(t, base...), listing(t, test.change(slices.Clone(base))...))
			if !slices.Equal(d.put, test.put) || !slices.Equal(d.remove, test.remove) {
				t.Errorf("put %q, remove %q, want %q and %q", d.put, d.remove, test.put, test.remove)
			}
		})
	}
}

// with puts lines in the place of the line with an index.
func with(i int, lines ...string) func([]string) []string {
	return func(l []string) []string { return slices.Replace(l, i, i+1, lines...) }
}

func TestRestarts(t *testing.T) {
	tests := map[string]restarts{
		"/etc/containerd/config.toml":                                 {containerd: true},
		"/etc/systemd/system/containerd.service":                      {containerd: true},
		"/etc/systemd/system/kubelet.service.d/10-kubeadm.conf":       {kubelet: true},
		"/etc/systemd/system/multi-user.target.wants/kubelet.service": {},
		"/etc/default/kubelet":                                        {kubelet: true},
		"/etc/kubernetes/kubelet.conf":                                {kubelet: true},
		"/etc/kubernetes/kubelet.conf.d/10-machine.conf":              {kubelet: true},
		"/etc/kubernetes/admin.conf":                                  {},
		"/var/lib/kubelet/config.yaml":                                {kubelet: true},
		scheduler:                                                     {},
	}
	for path, want := range tests {
		if got := (difference{put: []string{path}}).restarts(); got != want {
			t.Errorf("%s restarts %+v, want %+v", path, got, want)
		}
	}
	ran := map[string]string{"containerd": active, "kubelet": "inactive"}
	if got := (restarts{containerd: true, kubelet: true}).only(ran); got != (restarts{containerd: true}) {
		t.Errorf("a service that did not run is restarted: %+v", got)
	}
}

const manifest = `
metadata: {name: kube-scheduler-node}
spec:
  containers:
  - command: [kube-scheduler, --kubeconfig=/etc/kubernetes/scheduler.conf, --tls-cert-file=/etc/kubernetes/pki/front.crt]
    ports: [{name: probe-port, containerPort: 10259}]
    livenessProbe: {httpGet: {host: 127.0.0.1, path: /livez, port: probe-port, scheme: HTTPS}}
`

func TestStaticPodReads(t *testing.T) {
	b := &baseline{archive: map[string]file{scheduler: {data: []byte(manifest)}}}
	s, err := staticPod(scheduler, b)
	if err != nil {
		t.Fatal(err)
	}
	if want := "https://127.0.0.1:10259/livez"; s.url != want {
		t.Errorf("health is asked at %s, want %s", s.url, want)
	}
	for file, want := range map[string]bool{
		scheduler:                            true,
		"/etc/kubernetes/scheduler.conf":     true,
		"/etc/kubernetes/pki/front.key":      true,
		"/etc/kubernetes/pki/front.crt":      true,
		"/etc/kubernetes/pki/other.crt":      false,
		"/etc/kubernetes/admin.conf":         false,
		"/var/lib/kubelet/config.yaml":       false,
		"/etc/kubernetes/manifests/foo.yaml": false,
	} {
		if got := s.reads(file); got != want {
			t.Errorf("reads %s: %t, want %t", file, got, want)
		}
	}
	if s, err := staticPod("/etc/kubernetes/admin.conf", b); s != nil || err != nil {
		t.Errorf("admin.conf is a static pod: %v, %v", s, err)
	}
}

// archive returns a tar as the node makes it.
func archive(t *testing.T, name, content string) []byte {
	t.Helper()
	var buf bytes.Buffer
	w := tar.NewWriter(&buf)
	if err := w.WriteHeader(&tar.Header{Name: strings.TrimPrefix(name, "/"), Typeflag: tar.TypeReg, Mode: 0o600, Size: int64(len(content))}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write([]byte(content)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func TestArchiveFollowsTheNodesAddress(t *testing.T) {
	files, err := readArchive(archive(t, scheduler, "ip: 10.0.0.2, not 10.0.0.23"), "10.0.0.2", "10.0.0.7")
	if err != nil {
		t.Fatal(err)
	}
	now := listing(t, "f 600 "+scheduler+" ip: 10.0.0.7, not 10.0.0.23")
	if d := diff(entriesOf(files), now); !d.empty() {
		t.Errorf("the archive differs from the node's files: %+v", d)
	}
	again, err := pack(files, []string{scheduler})
	if err != nil {
		t.Fatal(err)
	}
	if end := make([]byte, 1024); !bytes.HasSuffix(again, end) {
		t.Error("what is put back has no end, and tar(1) refuses it")
	}
	files, err = readArchive(again, "", "")
	if err != nil {
		t.Fatal(err)
	}
	if got := string(files[scheduler].data); got != "ip: 10.0.0.7, not 10.0.0.23" {
		t.Errorf("what is put back holds %q", got)
	}
}
