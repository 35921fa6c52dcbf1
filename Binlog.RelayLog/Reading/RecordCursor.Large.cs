using Binlog.RelayLog.Format;

namespace Binlog.RelayLog.Reading;

/// <content>Records that take no memory.</content>
internal sealed partial class RecordCursor
{
    private CursorStatus CheckInPieces(in RecordHeader header)
    {
        long end = Offset + RecordHeader.Size + header.PayloadLength;
        uint checksum = 0;
        Forget();
        for (long at = Offset + RecordHeader.Size; at < end;)
        {
            int read = ReadFile(_window.AsSpan(0, (int)Math.Min(_window.Length, end - at)), at);
            if (read == 0)
            {
                return Fail(Invariant($"record {header.Sequence} of {header.RecordSize} bytes"), Invariant($"{at - Offset} bytes before the end"));
            }

            checksum = Crc32C.Compute(_window.AsSpan(0, read), checksum);
            at += read;
        }

        if (checksum != header.PayloadChecksum)
        {
            return FailChecksum(header, checksum);
        }

        return EndWithPadding(header, CursorStatus.Record);
    }

    private CursorStatus StepOver(in RecordHeader header)
    {
        Forget();
        return EndWithPadding(header, CursorStatus.Large);
    }

    /// <summary>Moves behind the record if its padding is as it must be. What was read ahead is lost.</summary>
    private CursorStatus EndWithPadding(in RecordHeader header, CursorStatus status)
    {
        long end = Offset + RecordHeader.Size + header.PayloadLength;
        int padding = (int)(Offset + header.RecordSize - end);
        HasDirtyPadding = false;
        for (int done = 0; done < padding;)
        {
            int read = ReadFile(_window.AsSpan(0, padding - done), end + done);
            HasDirtyPadding |= _window.AsSpan(0, read).ContainsAnyExcept((byte)0);
            if (read == 0 || (HasDirtyPadding && !AcceptDirtyPadding))
            {
                return Fail(Invariant($"zero padding after record {header.Sequence}"), read == 0 ? "the end of the file" : "other bytes");
            }

            done += read;
        }

        Offset += header.RecordSize;
        NextSequence = header.Sequence + 1;
        return status;
    }
}
