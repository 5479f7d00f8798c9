package isolation_test

import (
	"fmt"
	"os"
	"testing"

	"github.com/slipway-workshop/slipway/exercises/isolation"
)

func TestMain(m *testing.M) {
	if err := isolation.Enter(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}
