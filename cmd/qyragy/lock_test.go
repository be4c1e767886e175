package main

import "testing"

func TestOneServerADirectory(t *testing.T) {
	dir := t.TempDir()
	release, err := lockData(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := lockData(dir); err == nil {
		t.Fatal("two hold the lock of one data directory")
	}
	if err := release(); err != nil {
		t.Fatal(err)
	}
	release, err = lockData(dir)
	if err != nil {
		t.Fatalf("the lock outlives its holder: %v", err)
	}
	if err := release(); err != nil {
		t.Fatal(err)
	}
}
