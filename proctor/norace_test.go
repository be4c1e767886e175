//go:build !race

package proctor

const raced = false
