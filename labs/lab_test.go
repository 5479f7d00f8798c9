package labs

import (
	"strings"
	"testing"
	"testing/fstest"
)

// oneLab is a catalogue of one lab; files replace or add to it.
func oneLab(id string, files map[string]string) fstest.MapFS {
	all := map[string]string{
		"task.md":           "---\ntitle: A lab\nminutes: 10\npoints: 1\nchapter: kind\nobjectives: [Try]\n---\n\nDo it.\n\n## Hint 1\n\nHow?\n",
		"start.txtar":       "",
		"checks.txtar":      "-- 10-it.txt --\n# title: It is there\n# points: 1\n# why: It matters.\n# next: kubectl get pods\nkubectl get pods\n",
		"cluster.yaml":      "topology: one\nmemory: 600\nseconds: 5\n",
		"setup.txtar":       "-- setup.txt --\nkubectl create namespace shop\n-- files/web.yaml --\nkind: Pod\n",
		"solutions/a.txtar": "title: Types it\n-- solve.sh --\nkubectl get pods\n",
	}
	for name, text := range files {
		all[name] = text
	}
	fsys := fstest.MapFS{}
	for name, text := range all {
		fsys["catalog/"+id+"/"+name] = &fstest.MapFile{Data: []byte(text)}
	}
	return fsys
}

func TestLoad(t *testing.T) {
	fsys := oneLab("lab-12-four", nil)
	for name, file := range oneLab("lab-7-map", map[string]string{"reset.txtar": "-- reset.txt --\nnode control-plane true\n"}) {
		fsys[name] = file
	}
	cat, err := Load(fsys)
	if err != nil {
		t.Fatal(err)
	}
	if len(cat) != 2 || cat[0].ID != "lab-7" || cat[1].ID != "lab-12" {
		t.Fatalf("labs are not in the order of their numbers: %v", cat)
	}
	l := cat.Get("lab-7")
	if l.Topology != One || l.Memory != 600 || l.Seconds != 5 || l.Reset == nil || cat.Get("lab-12").Reset != nil {
		t.Errorf("lab-7 is %+v", l)
	}
	if l.Setup.Script != "kubectl create namespace shop\n" || len(l.Setup.Files) != 1 || l.Setup.Files[0].Name != "web.yaml" {
		t.Errorf("setup of lab-7 is %+v", l.Setup)
	}
	if at := l.Place(); at != (Place{"slipway-one", One}) {
		t.Errorf("lab-7 finds its cluster at %v", at)
	}
	if cat, err := Load(fstest.MapFS{}); cat != nil || err != nil {
		t.Errorf("a course without labs: %v, %v", cat, err)
	}
}

func TestLoadRefuses(t *testing.T) {
	tests := []struct {
		name  string
		files map[string]string
		want  string
	}{
		{"unknown key", map[string]string{"cluster.yaml": "topology: one\nmemory: 1\nseconds: 1\nnode: 3\n"}, "cluster.yaml:4"},
		{"unknown topology", map[string]string{"cluster.yaml": "topology: six\nmemory: 1\nseconds: 1\n"}, `unknown topology "six"`},
		{"no memory", map[string]string{"cluster.yaml": "topology: one\nseconds: 1\n"}, "memory"},
		{"no seconds", map[string]string{"cluster.yaml": "topology: one\nmemory: 1\n"}, "seconds"},
		{"own without a name", map[string]string{"cluster.yaml": "topology: own\nmemory: 1\nseconds: 1\n"}, "begins with slipway-"},
		{"own under a foreign name", map[string]string{"cluster.yaml": "topology: own\ncluster: production\nmemory: 1\nseconds: 1\n"}, "begins with slipway-"},
		{"a name that nothing asks for", map[string]string{"cluster.yaml": "topology: one\ncluster: slipway-x\nmemory: 1\nseconds: 1\n"}, "begins with slipway-"},
		{"setup without a script", map[string]string{"setup.txtar": "-- files/a --\n"}, "setup.txtar: archive has no setup.txt"},
		{"another script in setup", map[string]string{"setup.txtar": "-- reset.txt --\nkubectl version\n"}, "setup.txtar:2"},
		{"another script in reset", map[string]string{"reset.txtar": "-- setup.txt --\nkubectl version\n"}, "reset.txtar:2"},
	}
	for _, tt := range tests {
		_, err := Load(oneLab("lab-7-map", tt.files))
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: error %v does not hold %q", tt.name, err, tt.want)
		}
	}
	if _, err := Load(oneLab("x07-map", nil)); err == nil || !strings.Contains(err.Error(), `lab id "x07"`) {
		t.Errorf("an exercise among the labs: %v", err)
	}
	missing := oneLab("lab-7-map", nil)
	delete(missing, "catalog/lab-7-map/setup.txtar")
	if _, err := Load(missing); err == nil || !strings.Contains(err.Error(), "setup.txtar") {
		t.Errorf("a lab without setup: %v", err)
	}
}
