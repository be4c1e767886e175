package bundle

import (
	"fmt"
	"time"

	"qyragy/proctor"
	"qyragy/proctor/ledger"
)

// facts are what the bundle's records say, by what they say it of.
type facts struct {
	drafted  *proctor.Act
	version  int // the newest that the records know
	standing Standing
	versions map[int]*version
	sealed   map[part]numbered[proctor.Segment]
	backs    map[part]numbered[proctor.Backfill]
	// objects are all objects of which a record says what they hash to.
	objects map[uint64][]proctor.Receipt
	printed []printed
	scans   map[string]proctor.ScanID       // by SHA-256
	stills  map[uint64]*proctor.StillPinned // by record
	kept    map[taken]kept
	expired map[string]bool // by version ID
}

// kept is the object store's word of a recording.
type kept struct {
	seq     uint64
	receipt proctor.Receipt
}

type part struct {
	seat   proctor.SeatID
	number int
}

// numbered is a thing and the record that speaks of it.
type numbered[T any] struct {
	seq   uint64
	thing T
}

// version is one version of the act.
type version struct {
	rendered   *proctor.Document
	signatures []*proctor.ActSigned
	records    []uint64    // of rendered and the signatures
	signedAt   []time.Time // when the journal had each
}

// printed is a tree that a file of the bundle prints.
type printed struct {
	file string
	tree ledger.Tree
}

func (f *facts) add(e proctor.Event) {
	if f.versions == nil {
		f.versions, f.objects = map[int]*version{}, map[uint64][]proctor.Receipt{}
		f.stills, f.kept, f.expired = map[uint64]*proctor.StillPinned{}, map[taken]kept{}, map[string]bool{}
		f.scans = map[string]proctor.ScanID{}
		f.sealed, f.backs = map[part]numbered[proctor.Segment]{}, map[part]numbered[proctor.Backfill]{}
	}
	switch x := e.Fact.(type) {
	case *proctor.SegmentSealed:
		f.sealed[part{x.Segment.Seat, x.Segment.Number}] = numbered[proctor.Segment]{e.Seq, x.Segment}
		f.objects[e.Seq] = []proctor.Receipt{{SHA256: x.Segment.SHA256, Size: x.Segment.Size}}
	case *proctor.BackfillSealed:
		f.backs[part{x.Backfill.Seat, x.Backfill.Number}] = numbered[proctor.Backfill]{e.Seq, x.Backfill}
		f.objects[e.Seq] = []proctor.Receipt{{SHA256: x.Backfill.SHA256, Size: x.Backfill.Size}}
	case *proctor.SegmentStored:
		f.stored(KindSegment, e.Seq, x.Seat, x.Number, x.Receipt)
	case *proctor.BackfillStored:
		f.stored(KindBackfill, e.Seq, x.Seat, x.Number, x.Receipt)
	case *proctor.StillPinned:
		f.objects[e.Seq] = []proctor.Receipt{x.Still.Receipt}
		f.stills[e.Seq] = x
	case *proctor.EvidenceExpired:
		f.expired[x.VersionID] = true
	default:
		f.addAct(e)
	}
}

func (f *facts) addAct(e proctor.Event) {
	switch x := e.Fact.(type) {
	case *proctor.ActDrafted:
		a := x.Act
		f.drafted, f.version, f.standing = &a, a.Version, StandingOpen
	case *proctor.ActEdited, *proctor.InspectionEdited:
		f.version, f.standing = f.version+1, StandingOpen
	case *proctor.ActRendered:
		v := f.of(x.Version)
		v.rendered, v.records = &x.Document, append(v.records, e.Seq)
		f.objects[e.Seq] = []proctor.Receipt{x.Document.Receipt}
	case *proctor.ActSigned:
		v := f.of(x.Version)
		v.signatures, v.records = append(v.signatures, x), append(v.records, e.Seq)
		v.signedAt = append(v.signedAt, e.At)
		f.objects[e.Seq] = []proctor.Receipt{x.Document.Receipt}
		if s := x.Signature.Scan; s != nil {
			f.objects[e.Seq] = append(f.objects[e.Seq], *s)
		}
		if f.drafted != nil && x.Version == f.version && len(v.signatures) == len(f.drafted.Kind().Order()) {
			f.standing = StandingInForce
		}
	case *proctor.ActScanned:
		f.scans[x.Scan.Receipt.SHA256] = x.Scan.ID
	case *proctor.ActClosed:
		f.standing = StandingEnded
	}
}

func (f *facts) stored(k Kind, seq uint64, seat proctor.SeatID, n int, r proctor.Receipt) {
	f.kept[taken{k, seat, n}] = kept{seq, r}
}

func (f *facts) of(n int) *version {
	if f.versions[n] == nil {
		f.versions[n] = &version{}
	}
	return f.versions[n]
}

// speaks reports whether a record says that an object has this hash and size.
func (f *facts) speaks(record uint64, of File) bool {
	for _, r := range f.objects[record] {
		if same(r.SHA256, of.SHA256) && r.Size == of.Size {
			return true
		}
	}
	return false
}

// SegmentName, BackfillName, StillName, ActName and ScanName are the names of
// files of evidence.
func SegmentName(seat proctor.SeatID, n int) string {
	return fmt.Sprintf("segments/%s/%05d.webm", seat, n)
}

// BackfillName is a backfill's name; see SegmentName.
func BackfillName(seat proctor.SeatID, n int) string {
	return fmt.Sprintf("backfills/%s/%05d.webm", seat, n)
}

// StillName is the name of an incident's picture.
func StillName(id proctor.IncidentID) string { return fmt.Sprintf("stills/%s.jpg", id) }

// ActName is the name of one version of the act.
func ActName(version int) string { return fmt.Sprintf("acts/v%d.pdf", version) }

// ScanName is the name of the print that an official signed by hand.
func ScanName(version int, role proctor.Role) string {
	return fmt.Sprintf("scans/v%d-%s.pdf", version, role)
}
