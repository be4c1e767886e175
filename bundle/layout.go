package bundle

import (
	"encoding/binary"
	"math"
)

// This file is the one spelling of a bundle as a ZIP file (APPNOTE 6.3.10):
// stored, dated 1980-01-01, regular files of mode 0644, without comments; extra
// fields only where ZIP64 needs them. It must never change.

const (
	sigLocal      = 0x04034b50
	sigDescriptor = 0x08074b50
	sigCentral    = 0x02014b50
	sigEnd64      = 0x06064b50
	sigLocator64  = 0x07064b50
	sigEnd        = 0x06054b50

	flagUTF8     = 0x0800
	flagStreamed = 0x0008 // sizes and CRC-32 come after the data
	zipDate      = 0x0021 // 1980-01-01
	zipVersion   = 20
	zip64Version = 45
	madeByUnix   = 3 << 8
	fileMode     = 0o100644 << 16

	localLength = 30
)

// entry is one file of the ZIP. A streamed one is written before its CRC-32 is
// known.
type entry struct {
	name     string
	size     int64
	crc      uint32
	streamed bool
	offset   int64
}

func (e entry) flags() uint16 {
	if e.streamed {
		return flagUTF8 | flagStreamed
	}
	return flagUTF8
}

// local is the header before the data (§4.3.7).
func (e entry) local() []byte {
	le := binary.LittleEndian
	b := le.AppendUint32(make([]byte, 0, localLength+len(e.name)), sigLocal)
	b = le.AppendUint16(b, zipVersion)
	b = le.AppendUint16(b, e.flags())
	b = le.AppendUint16(b, 0) // stored
	b = le.AppendUint16(b, 0)
	b = le.AppendUint16(b, zipDate)
	if e.streamed {
		b = append(b, make([]byte, 12)...)
	} else {
		b = le.AppendUint32(b, e.crc)
		b = le.AppendUint32(b, uint32(e.size))
		b = le.AppendUint32(b, uint32(e.size))
	}
	b = le.AppendUint16(b, uint16(len(e.name)))
	b = le.AppendUint16(b, 0)
	return append(b, e.name...)
}

// descriptor follows a streamed entry's data (§4.3.9).
func (e entry) descriptor() []byte {
	if !e.streamed {
		return nil
	}
	le := binary.LittleEndian
	b := le.AppendUint32(nil, sigDescriptor)
	b = le.AppendUint32(b, e.crc)
	b = le.AppendUint32(b, uint32(e.size))
	return le.AppendUint32(b, uint32(e.size))
}

// data is where the entry's bytes begin.
func (e entry) data() int64 { return e.offset + localLength + int64(len(e.name)) }

// end is where the next entry begins.
func (e entry) end() int64 { return e.data() + e.size + int64(len(e.descriptor())) }

// place sets the entries' offsets and returns where the directory begins.
func place(entries []entry) int64 {
	var at int64
	for i := range entries {
		entries[i].offset = at
		at = entries[i].end()
	}
	return at
}

// central is an entry's header in the directory (§4.3.12).
func (e entry) central() []byte {
	le := binary.LittleEndian
	version, offset := uint16(zipVersion), uint32(math.MaxUint32)
	var extra []byte
	if e.offset < math.MaxUint32 {
		offset = uint32(e.offset)
	} else {
		version = zip64Version
		extra = le.AppendUint16(extra, 1) // ZIP64 (§4.5.3)
		extra = le.AppendUint16(extra, 8)
		extra = le.AppendUint64(extra, uint64(e.offset))
	}
	b := le.AppendUint32(nil, sigCentral)
	b = le.AppendUint16(b, madeByUnix|version)
	b = le.AppendUint16(b, version)
	b = le.AppendUint16(b, e.flags())
	b = le.AppendUint16(b, 0)
	b = le.AppendUint16(b, 0)
	b = le.AppendUint16(b, zipDate)
	b = le.AppendUint32(b, e.crc)
	b = le.AppendUint32(b, uint32(e.size))
	b = le.AppendUint32(b, uint32(e.size))
	b = le.AppendUint16(b, uint16(len(e.name)))
	b = le.AppendUint16(b, uint16(len(extra)))
	b = append(b, make([]byte, 6)...) // no comment, disk 0, no internal attributes
	b = le.AppendUint32(b, fileMode)
	b = le.AppendUint32(b, offset)
	b = append(b, e.name...)
	return append(b, extra...)
}

// directory is all that follows the last entry; it begins at start.
func directory(entries []entry, start int64) []byte {
	le := binary.LittleEndian
	var b []byte
	for _, e := range entries {
		b = append(b, e.central()...)
	}
	n, size := len(entries), len(b)
	count, where := uint16(math.MaxUint16), uint32(math.MaxUint32)
	if n >= math.MaxUint16 || start >= math.MaxUint32 {
		b = le.AppendUint32(b, sigEnd64) // §4.3.14
		b = le.AppendUint64(b, 44)
		b = le.AppendUint16(b, madeByUnix|zip64Version)
		b = le.AppendUint16(b, zip64Version)
		b = append(b, make([]byte, 8)...)
		b = le.AppendUint64(b, uint64(n))
		b = le.AppendUint64(b, uint64(n))
		b = le.AppendUint64(b, uint64(size))
		b = le.AppendUint64(b, uint64(start))
		b = le.AppendUint32(b, sigLocator64) // §4.3.15
		b = le.AppendUint32(b, 0)
		b = le.AppendUint64(b, uint64(start)+uint64(size))
		b = le.AppendUint32(b, 1)
	} else {
		count, where = uint16(n), uint32(start)
	}
	b = le.AppendUint32(b, sigEnd) // §4.3.16
	b = append(b, 0, 0, 0, 0)
	b = le.AppendUint16(b, count)
	b = le.AppendUint16(b, count)
	b = le.AppendUint32(b, uint32(size))
	b = le.AppendUint32(b, where)
	return append(b, 0, 0)
}
