package conformance

import (
	"strings"
	"testing"
	"time"
)

// TestVolume has a pod write to a volume, another on the same node read it, and then looks whether
// the folder goes with the claim.
func TestVolume(t *testing.T) {
	c := newCluster(t)
	ns := prefix + "storage"
	c.namespace(t, ns, nil)
	c.apply(t, object{
		"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": object{"name": "data", "namespace": ns},
		"spec": object{"accessModes": []string{"ReadWriteOnce"}, "resources": object{"requests": object{"storage": "1Gi"}}},
	})
	_, node := c.workers(t)
	// Not by nodeName: the scheduler must choose, as it tells the provisioner where.
	there := object{"kubernetes.io/hostname": node}
	c.apply(t, volumePod(ns, "writer", there, object{"runAsUser": 1000}, "write", "/data/orders", "seven"))
	c.run(t, "wait", "-n", ns, "pod/writer", "--for=jsonpath={.status.phase}=Succeeded", "--timeout=60s")
	c.apply(t, volumePod(ns, "reader", nil, object{}, "cat", "/data/orders"))
	c.run(t, "wait", "-n", ns, "pod/reader", "--for=jsonpath={.status.phase}=Succeeded", "--timeout=60s")
	if got := c.run(t, "logs", "-n", ns, "reader"); strings.TrimSpace(got) != "seven" {
		t.Errorf("read %q", got)
	}
	if got := c.run(t, "get", "-n", ns, "pod", "reader", "-o", "jsonpath={.spec.nodeName}"); got != node {
		t.Errorf("the reader ran on %s, the volume is on %s", got, node)
	}
	volume := c.run(t, "get", "-n", ns, "pvc", "data", "-o", "jsonpath={.spec.volumeName}")
	folders := func() string { return c.run(t, "exec", "-n", ns, "looker", "--", "ls", "/volumes") }
	looker := container("c", "sleep")
	looker["volumeMounts"] = []object{{"name": "v", "mountPath": "/volumes"}}
	c.apply(t, object{
		"apiVersion": "v1", "kind": "Pod", "metadata": object{"name": "looker", "namespace": ns},
		"spec": object{
			"nodeName": node, "terminationGracePeriodSeconds": 1, "tolerations": []object{{"operator": "Exists"}},
			"containers": []object{looker},
			"volumes":    []object{{"name": "v", "hostPath": object{"path": "/var/local-path-provisioner"}}},
		},
	})
	c.run(t, "wait", "-n", ns, "pod/looker", "--for=condition=Ready", "--timeout=60s")
	if !strings.Contains(folders(), volume) {
		t.Errorf("no folder for %s in\n%s", volume, folders())
	}
	c.run(t, "delete", "-n", ns, "pod/writer", "pod/reader", "pvc/data", "--timeout=60s")
	begin := time.Now()
	eventually(t, 20*time.Second, "the volume and its folder are gone", func() bool {
		out, _ := c.try("get", "pv", volume, "--ignore-not-found", "-o", "name")
		return out == "" && !strings.Contains(folders(), volume)
	})
	t.Logf("gone after %s", time.Since(begin).Round(time.Millisecond))
}

func volumePod(ns, name string, nodeSelector, security object, command ...string) object {
	one := container("c", command...)
	one["volumeMounts"] = []object{{"name": "v", "mountPath": "/data"}}
	return object{
		"apiVersion": "v1", "kind": "Pod", "metadata": object{"name": name, "namespace": ns},
		"spec": object{
			"restartPolicy": "Never", "nodeSelector": nodeSelector, "securityContext": security,
			"tolerations": []object{{"operator": "Exists"}},
			"containers":  []object{one},
			"volumes":     []object{{"name": "v", "persistentVolumeClaim": object{"claimName": "data"}}},
		},
	}
}

// TestRefusedClaim asks for what a folder on one node cannot be, and reads why it is not had.
func TestRefusedClaim(t *testing.T) {
	c := newCluster(t)
	ns := prefix + "refused"
	c.namespace(t, ns, nil)
	c.apply(t, object{
		"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": object{"name": "data", "namespace": ns},
		"spec": object{"accessModes": []string{"ReadWriteMany"}, "resources": object{"requests": object{"storage": "1Gi"}}},
	})
	c.apply(t, volumePod(ns, "writer", nil, object{}, "sleep"))
	eventually(t, 20*time.Second, "an event says that ReadWriteMany cannot be had", func() bool {
		out, _ := c.try("get", "events", "-n", ns, "-o", "jsonpath={.items[*].message}")
		return strings.Contains(out, "ReadWriteMany cannot be had")
	})
}
