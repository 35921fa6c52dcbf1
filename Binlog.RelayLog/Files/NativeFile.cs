using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Binlog.RelayLog.Files;

/// <summary>The system calls that .NET has no method for.</summary>
internal static partial class NativeFile
{
    private const int Interrupted = 4;
    private const int ReadOnly = 0;
    private const int CloseOnExec = 0x80000;

    /// <summary>fdatasync(2): data and what is needed to read it back, such as the length, but not the time stamps.</summary>
    public static void FlushData(SafeFileHandle handle, string path)
    {
        while (FDataSync(handle) != 0)
        {
            int error = Marshal.GetLastPInvokeError();
            if (error != Interrupted)
            {
                throw Failure("fdatasync", path, error);
            }
        }
    }

    /// <summary>fallocate(2): blocks for a range behind the file's end, which becomes the new end. False when it can't be had, for whatever reason.</summary>
    public static bool TryAllocate(SafeFileHandle handle, long from, long to)
    {
        try
        {
            return to <= from || FAllocate(handle, 0, from, to - from) == 0;
        }
        catch (Exception e) when (e is EntryPointNotFoundException or DllNotFoundException)
        {
            // A C library need not have it: newer versions of musl don't under this name.
            return false;
        }
    }

    /// <summary>fsync(2) of a directory, which makes creations, renames and deletions in it durable. Linux only.</summary>
    public static void FlushDirectory(string path)
    {
        int descriptor = Open(path, ReadOnly | CloseOnExec);
        if (descriptor < 0)
        {
            throw Failure("open", path, Marshal.GetLastPInvokeError());
        }

        using var handle = new SafeFileHandle(descriptor, ownsHandle: true);
        while (FSync(handle) != 0)
        {
            int error = Marshal.GetLastPInvokeError();
            if (error != Interrupted)
            {
                throw Failure("fsync", path, error);
            }
        }
    }

    private static IOException Failure(string call, string path, int error) =>
        new($"{call} of '{path}' failed: {Marshal.GetPInvokeErrorMessage(error)} (errno {error}).", error);

    [LibraryImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
    private static partial int FDataSync(SafeFileHandle descriptor);

    [LibraryImport("libc", EntryPoint = "fallocate64")]
    private static partial int FAllocate(SafeFileHandle descriptor, int mode, long offset, long length);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int FSync(SafeFileHandle descriptor);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);
}
