package proctor

import (
	"flag"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var (
	simSeed  = flag.Uint64("seed", 0, "simulate only the exam of this seed")
	simExams = flag.Int("exams", 300, "how many exams to simulate")
)

// TestSimulation plays seeded exams; -exams sets how many, and a failure
// prints the seed to give to -seed.
func TestSimulation(t *testing.T) {
	n, first := uint64(*simExams), uint64(1)
	if testing.Short() {
		n = 20
	}
	if *simSeed > 0 {
		first, n = *simSeed, 1
	}
	facts, causes, annulled := 0, map[Cause]int{}, 0
	for seed := first; seed < first+n; seed++ {
		w, err := simulate(t.Context(), seed)
		if err != nil {
			t.Fatalf("go test -run Simulation -seed=%d: %v", seed, err)
		}
		for _, e := range w.j.events(t) {
			facts++
			switch f := e.Fact.(type) {
			case *IncidentOpened:
				causes[f.Incident.Cause]++
			case *ScoreAnnulled:
				annulled++
			}
		}
	}
	t.Logf("%d exams, %d facts, %d annulments, incidents %v", n, facts, annulled, causes)
	if *simSeed == 0 && (annulled == 0 || len(causes) < 6) {
		t.Error("the simulation hardly did anything")
	}
}

// A seed tells the whole story: the same one gives the same journal.
func TestSimulationRepeats(t *testing.T) {
	for seed := uint64(1); seed <= 5; seed++ {
		var told [2][]string
		for i := range told {
			w, err := simulate(t.Context(), seed)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range w.j.events(t) {
				told[i] = append(told[i], fmt.Sprint(e.Seq, e.At, e.Actor, e.Fact.Type()))
			}
		}
		if d := cmp.Diff(told[0], told[1]); d != "" {
			t.Fatalf("seed %d tells two stories:\n%s", seed, d)
		}
	}
}
