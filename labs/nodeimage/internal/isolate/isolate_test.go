package isolate_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/slipway-workshop/slipway/labs/nodeimage/internal/isolate"
)

const prevResult = `{"cniVersion":"1.0.0","interfaces":[{"name":"eth0"}],"ips":[{"address":"10.1.0.5/24","gateway":"10.1.0.1"},{"address":"fd00:1::5/64"}]}`

// call runs the plugin as a runtime does.
func call(socket, command, args string) (code int, out string) {
	var stdout strings.Builder
	env := map[string]string{"CNI_COMMAND": command, "CNI_ARGS": args}
	stdin := `{"cniVersion":"1.0.0","name":"slipway","type":"slipway-isolate","socket":"` + socket + `","prevResult":` + prevResult + `}`
	code = isolate.Run(func(k string) string { return env[k] }, strings.NewReader(stdin), &stdout)
	return code, stdout.String()
}

// agent serves plugins until the test ends.
func agent(t *testing.T, ready func(context.Context, isolate.Pod) error) (socket string) {
	socket = filepath.Join(t.TempDir(), "s")
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() { ended <- isolate.Serve(ctx, socket, ready) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("served until %v", err)
		}
	})
	return socket
}

func TestAddWaitsForAgentAndPassesResultOn(t *testing.T) {
	var got isolate.Pod
	socket := agent(t, func(_ context.Context, p isolate.Pod) error { got = p; return nil })
	code, out := call(socket, "ADD", "IgnoreUnknown=1;K8S_POD_NAMESPACE=shop;K8S_POD_NAME=db-0;K8S_POD_INFRA_CONTAINER_ID=c;K8S_POD_UID=u-7")
	if code != 0 || out != prevResult {
		t.Errorf("code %d, printed %s", code, out)
	}
	ips := []netip.Addr{netip.MustParseAddr("10.1.0.5"), netip.MustParseAddr("fd00:1::5")}
	if got.Namespace != "shop" || got.Name != "db-0" || got.UID != "u-7" || !slices.Equal(got.IPs, ips) {
		t.Errorf("the agent was told of %+v", got)
	}
}

func TestAddFailsAsTheAgentDoes(t *testing.T) {
	socket := agent(t, func(context.Context, isolate.Pod) error { return errors.New("no rules today") })
	code, out := call(socket, "ADD", "K8S_POD_NAMESPACE=shop;K8S_POD_NAME=db-0")
	var failure struct {
		Code int
		Msg  string
	}
	if err := json.Unmarshal([]byte(out), &failure); err != nil || code == 0 || failure.Code != 11 {
		t.Errorf("code %d, printed %s, %v", code, out, err)
	}
	for _, part := range []string{"shop/db-0", "no rules today", "kubectl "} {
		if !strings.Contains(failure.Msg, part) {
			t.Errorf("%q does not say %q", failure.Msg, part)
		}
	}
}

func TestOtherCommandsNeedNoAgent(t *testing.T) {
	for command, want := range map[string]string{"DEL": "", "CHECK": "", "STATUS": "", "GC": "", "VERSION": `"supportedVersions"`} {
		if code, out := call("/nowhere", command, ""); code != 0 || !strings.Contains(out, want) || want == "" && out != "" {
			t.Errorf("%s: code %d, printed %q", command, code, out)
		}
	}
}

func TestBadConfiguration(t *testing.T) {
	var out strings.Builder
	code := isolate.Run(func(string) string { return "ADD" }, strings.NewReader("{"), &out)
	if code == 0 || !strings.Contains(out.String(), `"code":7`) {
		t.Errorf("code %d, printed %s", code, out.String())
	}
}
