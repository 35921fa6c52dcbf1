namespace Grpc.Core;

/// <summary>The part of a remote method's description that doesn't depend on its message types.</summary>
public interface IMethod
{
    /// <summary>Shape of the method.</summary>
    MethodType Type { get; }

    /// <summary>Full name of the service, as in <c>binlog.Pump</c>.</summary>
    string ServiceName { get; }

    /// <summary>Name within the service.</summary>
    string Name { get; }

    /// <summary>Path on the wire: <c>/service/method</c>.</summary>
    string FullName { get; }
}
