using System.Diagnostics;
using System.Globalization;

namespace Binlog.Service.Metrics;

/// <summary>What this process costs, under the names of Prometheus' own clients; and .NET's memory and threads.</summary>
internal static class ProcessMetrics
{
    /// <summary>Registers them. On systems that don't tell, the file descriptors are left out.</summary>
    public static void Register(MetricRegistry registry)
    {
        using Process self = Process.GetCurrentProcess();
        double startSeconds = (self.StartTime.ToUniversalTime() - DateTime.UnixEpoch).TotalSeconds;
        registry.Counter("process_cpu_seconds_total", "CPU time of this process, user and kernel, in seconds.", () => Environment.CpuUsage.TotalTime.TotalSeconds);
        registry.Gauge("process_start_time_seconds", "When this process started, in seconds since 1970.", () => startSeconds);
        registry.Gauge("process_resident_memory_bytes", "Memory of this process that is in RAM, in bytes.", () => Environment.WorkingSet);
        registry.Gauge("process_virtual_memory_bytes", "Address space of this process, in bytes.", ReadVirtualBytes);
        registry.Gauge("process_open_fds", "Open file descriptors, on Windows handles.", ReadOpenDescriptors);
        if (OperatingSystem.IsLinux())
        {
            registry.Gauge("process_max_fds", "Most file descriptors that this process may open.", ReadMaxDescriptors);
        }

        registry.Gauge("dotnet_gc_heap_bytes", "Size of .NET's heap after the last collection, in bytes.", () => GC.GetGCMemoryInfo().HeapSizeBytes);
        registry.Counter("dotnet_gc_pause_seconds_total", "Time in which .NET's collector held everything up, in seconds.", () => GC.GetTotalPauseDuration().TotalSeconds);
        registry.Gauge("dotnet_threadpool_threads", "Threads of .NET's pool.", () => ThreadPool.ThreadCount);
    }

    private static double ReadVirtualBytes()
    {
        using Process process = Process.GetCurrentProcess();
        return process.VirtualMemorySize64;
    }

    private static double? ReadOpenDescriptors()
    {
        if (OperatingSystem.IsLinux())
        {
            return Directory.EnumerateFileSystemEntries("/proc/self/fd").Count();
        }

        if (!OperatingSystem.IsWindows())
        {
            return null;
        }

        using Process process = Process.GetCurrentProcess();
        return process.HandleCount;
    }

    /// <summary>A line of <c>/proc/self/limits</c>: name, soft limit, hard limit, unit, separated by spaces.</summary>
    private static double? ReadMaxDescriptors()
    {
        const string Name = "Max open files";
        string? line = File.ReadLines("/proc/self/limits").FirstOrDefault(line => line.StartsWith(Name, StringComparison.Ordinal));
        string? soft = line?[Name.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries).FirstOrDefault();
        return soft == "unlimited" ? double.PositiveInfinity
            : double.TryParse(soft, NumberStyles.None, CultureInfo.InvariantCulture, out double limit) ? limit : null;
    }
}
