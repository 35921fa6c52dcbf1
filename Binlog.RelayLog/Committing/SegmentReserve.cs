using Binlog.RelayLog.Files;

namespace Binlog.RelayLog.Committing;

/// <summary>
/// Keeps the newest segment's file longer than what is in it, so that a flush has data to write and no new length, which would cost the
/// file system a transaction of its own. Used by the writing thread only.
/// </summary>
/// <remarks>
/// The reserve reads as zeros, which no record begins with: after a crash it is known from a torn append by that, and a clean close cuts
/// it off. It never makes an append fail: without room for it the append itself finds out whether there is room for the records.
/// </remarks>
internal sealed class SegmentReserve(SegmentedLogOptions options)
{
    private long _end;
    private bool _isOff;

    /// <summary>A file becomes the newest segment's.</summary>
    public void Begin(ILogFile file)
    {
        _isOff = options.ReserveBytes == 0;
        _end = _isOff ? 0 : file.Length;
    }

    /// <summary>Sees to it that there is room up to an offset and some more.</summary>
    public void Extend(ILogFile file, long offset)
    {
        if (_isOff || offset <= _end)
        {
            return;
        }

        long end = Math.Min(((offset / options.ReserveBytes) + 1) * options.ReserveBytes, options.SegmentSizeBytes);
        if (end <= offset)
        {
            // One append that is larger than a segment: nothing follows it.
            return;
        }

        _isOff = !file.TryReserve(end);
        _end = end;
    }

    /// <summary>Cuts off what lies behind a segment's flushed end, if there is anything. A failure is no reason to fail: it stays void.</summary>
    public static void Cut(ILogFile file, long flushedEnd)
    {
        try
        {
            if (file.Length > flushedEnd)
            {
                file.SetLength(flushedEnd);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Frees space and keeps the directory tidy, no more.
        }
    }
}
