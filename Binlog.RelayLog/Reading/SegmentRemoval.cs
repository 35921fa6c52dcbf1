namespace Binlog.RelayLog.Reading;

/// <summary>Deletes segment files, oldest first, each deletion durable before the next: a crash leaves consecutive segments.</summary>
internal static class SegmentRemoval
{
    public static RetentionResult Run(LogState state, RetentionPolicy policy, CancellationToken cancellationToken)
    {
        SegmentedLogOptions options = state.Options;
        int count = 0;
        long bytes = 0;
        foreach (Segment segment in state.SelectForRemoval(policy, options.TimeProvider.GetUtcNow()))
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                options.FileSystem.Delete(segment.Path);
                state.RemoveOldest(segment);
                options.FileSystem.FlushDirectory(options.Directory);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new SegmentRemovalException(segment.Path, e);
            }

            count++;
            bytes += segment.Length;
        }

        return new RetentionResult(count, bytes, state.Start);
    }
}
