package kube_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/slipway-workshop/slipway/labs/nodeimage/internal/kube"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer/protobuf"
	"k8s.io/client-go/rest"
)

// serve answers as an API server would, and returns a client of it.
func serve(t *testing.T, handler http.HandlerFunc) *kube.Client {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	client, err := kube.New(&rest.Config{Host: server.URL})
	if err != nil {
		t.Fatal(err)
	}
	return client
}

func reply(t *testing.T, w http.ResponseWriter, status int, obj any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	if err := json.NewEncoder(w).Encode(obj); err != nil {
		t.Error(err)
	}
}

// TestInformer has an informer list and then watch, and drop what it is told to.
func TestInformer(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	node := func(name string) *corev1.Node {
		return &corev1.Node{
			TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "Node"},
			ObjectMeta: metav1.ObjectMeta{Name: name, ResourceVersion: "1", Annotations: map[string]string{"large": "text"}},
		}
	}
	client := serve(t, func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		switch {
		case r.URL.Path != "/api/v1/nodes":
			http.NotFound(w, r)
		case q.Get("sendInitialEvents") == "true": // as a server that is too old for it
			reply(t, w, http.StatusUnprocessableEntity, metav1.Status{
				TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Status"}, Status: metav1.StatusFailure, Reason: metav1.StatusReasonInvalid, Code: 422,
			})
		case q.Get("watch") == "":
			reply(t, w, http.StatusOK, corev1.NodeList{
				TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "NodeList"}, ListMeta: metav1.ListMeta{ResourceVersion: "1"}, Items: []corev1.Node{*node("one")},
			})
		default:
			reply(t, w, http.StatusOK, map[string]any{"type": "ADDED", "object": node("two")})
			if f, ok := w.(http.Flusher); ok {
				f.Flush()
			}
			select {
			case <-ctx.Done():
			case <-r.Context().Done():
			}
		}
	})
	nodes := client.Informer(kube.Nodes, func(obj runtime.Object) { obj.(*corev1.Node).Annotations = nil })
	changes := make(chan bool, 10)
	if err := kube.Notify(func() { changes <- true }, nodes); err != nil {
		t.Fatal(err)
	}
	if err := kube.Run(ctx, nodes); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		select {
		case <-changes:
		case <-time.After(10 * time.Second):
			t.Fatal("not told of both nodes")
		}
	}
	list := kube.List[*corev1.Node](nodes)
	if len(list) != 2 || list[0].Annotations != nil || list[1].Annotations != nil {
		t.Errorf("holds %v", list)
	}
}

func TestRunEndsWithContext(t *testing.T) {
	client := serve(t, func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusForbidden) })
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	if err := kube.Run(ctx, client.Informer(kube.Pods, nil)); err == nil {
		t.Error("synced with a server that lists nothing")
	}
}

// TestEmit has the same said twice, and then something else: the server sees equal names for what is
// equal, so it keeps one Event of it.
func TestEmit(t *testing.T) {
	var mu sync.Mutex
	seen := map[string]int{}
	events := protobuf.NewSerializer(scheme(t), scheme(t))
	client := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		var event corev1.Event
		if _, _, err := events.Decode(body, nil, &event); err != nil || r.Method != http.MethodPost {
			t.Errorf("%s %s: %v", r.Method, r.URL, err)
		}
		mu.Lock()
		defer mu.Unlock()
		key := r.URL.Path + " " + event.Name
		if seen[key]++; seen[key] > 1 {
			reply(t, w, http.StatusConflict, metav1.Status{
				TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Status"}, Status: metav1.StatusFailure, Reason: metav1.StatusReasonAlreadyExists, Code: 409,
			})
			return
		}
		event.TypeMeta = metav1.TypeMeta{APIVersion: "v1", Kind: "Event"}
		reply(t, w, http.StatusCreated, event)
	})
	claim := corev1.ObjectReference{Kind: "PersistentVolumeClaim", Namespace: "shop", Name: "data", UID: "1"}
	volume := corev1.ObjectReference{Kind: "PersistentVolume", Name: "pvc-1", UID: "2"}
	for _, r := range []kube.Report{
		{About: claim, Type: "Warning", Reason: "ProvisioningFailed", Message: "no disk"},
		{About: claim, Type: "Warning", Reason: "ProvisioningFailed", Message: "no disk"},
		{About: claim, Type: "Warning", Reason: "ProvisioningFailed", Message: "no node"},
		{About: volume, Type: "Warning", Reason: "VolumeFailedDelete", Message: "no disk"},
	} {
		if err := client.Emit(context.Background(), "localpath", "one", r); err != nil {
			t.Error(err)
		}
	}
	var inShop, inDefault int
	for key := range seen {
		if strings.HasPrefix(key, "/api/v1/namespaces/shop/events data.") {
			inShop++
		} else if strings.HasPrefix(key, "/api/v1/namespaces/default/events pvc-1.") {
			inDefault++
		}
	}
	if inShop != 2 || inDefault != 1 || len(seen) != 3 {
		t.Errorf("events %v", seen)
	}
}

func TestEmitFails(t *testing.T) {
	client := serve(t, func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusForbidden) })
	err := client.Emit(context.Background(), "localpath", "one", kube.Report{Reason: "Odd", About: corev1.ObjectReference{Kind: "Pod", Name: "web"}})
	if err == nil || !strings.Contains(err.Error(), "record event Odd about Pod web") {
		t.Errorf("got %v", err)
	}
}

func scheme(t *testing.T) *runtime.Scheme {
	s := runtime.NewScheme()
	if err := corev1.AddToScheme(s); err != nil {
		t.Fatal(err)
	}
	return s
}
