using Binlog.Service.Drainer.Merging;

namespace Binlog.Service.Tests.Drainer.Merging;

/// <summary>The fence of a Drainer that never loses its lease and has looked.</summary>
internal static class OpenFence
{
    public static MergeFence Create()
    {
        var fence = new MergeFence(() => 1);
        fence.EndLook(fence.BeginLook());
        return fence;
    }
}
