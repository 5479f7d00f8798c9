package booktest

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// EPUBCheck holds an EPUB to what EPUBCheck asks for, and skips the test where that is not installed.
func EPUBCheck(t *testing.T, data []byte) {
	t.Helper()
	check, err := exec.LookPath("epubcheck")
	if err != nil {
		t.Skip("EPUBCheck is not installed: apt-get install epubcheck")
	}
	name := filepath.Join(t.TempDir(), "book.epub")
	if err := os.WriteFile(name, data, 0o666); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), check, name)
	if program, err := os.ReadFile(check); err == nil && bytes.HasPrefix(program, []byte("PK")) {
		// Debian's is an archive of Java, which a kernel starts only if it has been told how.
		cmd = exec.CommandContext(t.Context(), "java", "-jar", check, name)
	}
	out, err := cmd.CombinedOutput()
	if err != nil || !bytes.Contains(out, []byte("No errors or warnings detected")) {
		t.Errorf("%s: %v\n%s", check, err, out)
	}
}
